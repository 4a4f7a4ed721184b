// SPDX-License-Identifier: MIT
// npm `ws` with permessage-deflate. SETTINGS: a JSON list of what perMessageDeflate is, one server or client for each.
//   ws_deflate.js serve SETTINGS   |   ws_deflate.js client URL SETTINGS
'use strict';
const {WebSocket, WebSocketServer} = require('ws');

function serve(settings) {
  JSON.parse(settings).forEach((perMessageDeflate, number) => {
    const server = new WebSocketServer({host: '127.0.0.1', port: 0, perMessageDeflate});
    server.on('connection', (socket) => {
      console.log(`server ${number} agreed ${socket.extensions}`);
      socket.on('error', (error) => console.log(`server ${number} error ${error.message}`));
      socket.on('message', (data, binary) => socket.send(data, {binary}));
    });
    server.on('listening', () => console.log(`server ${number} listens at ${server.address().port}`));
  });
}

function client(url, settings) {
  const messages = [0, 1, 100, 300, 5000, 5000, 100000, 70000].map((size) => 'a line of telemetry; '.repeat(size / 21 + 1).slice(0, size));
  JSON.parse(settings).reduce((before, perMessageDeflate, number) => before.then(() => new Promise((done) => {
    const socket = new WebSocket(url, {perMessageDeflate});
    let next = 0;
    const send = () => next < messages.length ? socket.send(messages[next]) : socket.close(1000);
    socket.on('open', send);
    socket.on('message', (data) => {
      if (data.toString() !== messages[next]) return socket.terminate();
      ++next;
      send();
    });
    socket.on('error', (error) => console.log(`client ${number} error ${error.message}`));
    socket.on('close', (code) => {
      console.log(`client ${number} closed with ${code} after ${next} messages, agreed ${socket.extensions}`);
      done();
    });
  })), Promise.resolve());
}

const [what, ...rest] = process.argv.slice(2);
({serve, client})[what](...rest);

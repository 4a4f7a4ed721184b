// SPDX-License-Identifier: MIT
// npm `ws` over TLS:  ws_peer.js client PORT CA-FILE [LONGEST MESSAGE]   |   ws_peer.js serve CERTIFICATE KEY
'use strict';
const fs = require('fs');
const https = require('https');
const {WebSocket, WebSocketServer} = require('ws');

function client(port, ca, longest = 3000) {
  const socket = new WebSocket(`wss://localhost:${port}/`,
    {ca: fs.readFileSync(ca), perMessageDeflate: false, lookup: (_, o, done) => o.all ? done(null, [{address: '127.0.0.1', family: 4}]) : done(null, '127.0.0.1', 4)});
  const sizes = [0, 1, 125, 126, 900, 3000].filter((size) => size <= longest);
  let next = 0;
  const send = () => next < sizes.length ? socket.send(Buffer.alloc(sizes[next], next)) : socket.close(1000);
  socket.on('open', send);
  socket.on('message', (data) => {
    if (data.length !== sizes[next] || !data.every((byte) => byte === next)) {
      console.log('the echo differs');
      process.exit(1);
    }
    ++next;
    send();
  });
  socket.on('error', (error) => { console.log(error.message); process.exit(1); });
  socket.on('close', (code) => { console.log(`closed ${code}`); process.exit(code === 1000 ? 0 : 1); });
}

function serve(certificate, key) {
  const server = https.createServer({cert: fs.readFileSync(certificate), key: fs.readFileSync(key)});
  new WebSocketServer({server, perMessageDeflate: false}).on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, {binary}));
  });
  server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
}

const [what, ...rest] = process.argv.slice(2);
({client, serve})[what](...rest);

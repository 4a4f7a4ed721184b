// SPDX-License-Identifier: MIT
// broker.mjs PORT: npm aedes behind npm ws on 127.0.0.1. It prints a line for each message that has come from a client:
// the opcodes are not seen, but its size and whether it was one whole MQTT packet.
import {createRequire} from 'node:module';
import http from 'node:http';

const require = createRequire(process.env.WHIT_NODE_FOLDER + '/');
const {WebSocketServer, createWebSocketStream} = require('ws');
const {Aedes} = await import(process.env.WHIT_NODE_FOLDER + '/node_modules/aedes/aedes.js');

// MQTT 3.1.1, 2.2: a packet is its first byte, its remaining length in 7-bit digits, and so many bytes.
function isWholePacket(data) {
  let size = 0;
  for (let at = 1; at < data.length && at < 5; ++at) {
    size += (data[at] & 0x7f) * 128 ** (at - 1);
    if (data[at] < 0x80) return data.length === at + 1 + size;
  }
  return false;
}

const broker = await Aedes.createBroker();
const server = http.createServer();
const sockets = new WebSocketServer({server, handleProtocols: (offered) => (offered.has('mqtt') ? 'mqtt' : false)});
sockets.on('connection', (socket, request) => {
  console.log(`protocol ${socket.protocol}`);
  socket.on('message', (data, binary) => console.log(`${isWholePacket(data) ? 'packet' : 'part'} ${binary ? 'binary' : 'text'} ${data.length}`));
  socket.on('close', (code) => console.log(`close ${code}`));
  if (request.url === '/text') return socket.send('a text message');
  const stream = createWebSocketStream(socket);
  stream.on('error', () => {});
  broker.handle(stream, request);
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));

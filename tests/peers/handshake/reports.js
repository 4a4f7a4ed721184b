// SPDX-License-Identifier: MIT
// reports.js: npm `ws`, which tells each client what its request was, then closes with 4401. It prints `port N`.
'use strict';
const {WebSocketServer} = require('ws');

const server = new WebSocketServer({host: '127.0.0.1', port: 0});
server.on('listening', () => console.log(`port ${server.address().port}`));
server.on('connection', (socket, request) => {
  socket.send(JSON.stringify({target: request.url, fields: request.headers}));
  socket.close(4401);
});

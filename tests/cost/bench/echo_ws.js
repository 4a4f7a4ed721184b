// SPDX-License-Identifier: MIT
// npm ws as an echo server: node echo_ws.js PORT FOLDER_OF_NODE_MODULES [CERTIFICATE KEY]
'use strict';
const fs = require('fs');
const path = require('path');
const [port, modules, certificate, key] = process.argv.slice(2);
const {WebSocketServer} = require(path.join(modules, 'ws'));

const secure = certificate && require('https').createServer({cert: fs.readFileSync(certificate), key: fs.readFileSync(key)});
const where = secure ? {server: secure} : {port: Number(port), host: '127.0.0.1', backlog: 4096};
const server = new WebSocketServer({...where, perMessageDeflate: false, maxPayload: 1 << 24});
server.on('connection', (socket) => {
  socket.on('message', (data, binary) => socket.send(data, {binary}));
  socket.on('error', () => {});
});
if (secure) secure.listen(Number(port), '127.0.0.1');

// SPDX-License-Identifier: MIT
// reports.js PACKAGE: npm `ws` or `websocket`, which tells each client what its request was, then closes with 4401. It
// prints `port N`.
'use strict';
const http = require('http');

const report = (request) => JSON.stringify({target: request.url, fields: request.headers});
const servers = {
  ws(server) {
    const {WebSocketServer} = require('ws');
    new WebSocketServer({server}).on('connection', (socket, request) => {
      socket.send(report(request));
      socket.close(4401);
    });
  },
  websocket(server) {
    const WebSocketServer = require('websocket').server;
    new WebSocketServer({httpServer: server}).on('request', (request) => {
      const connection = request.accept(null, request.origin);
      connection.sendUTF(report(request.httpRequest));
      connection.close(4401);
    });
  },
};

const server = http.createServer();
servers[process.argv[2]](server);
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));

// SPDX-License-Identifier: MIT
// An HTTP server of Node as many are written: its `upgrade` handler refuses, keeps the socket, and has no `error` handler
// on it, so that a reset of the connection ends the process. Usage: refusing_server.js ANSWER-IN-BASE64 [BODY-IN-BASE64
// MILLISECONDS-LATER]. Prints its port, and `end` for each FIN of a client.
'use strict';
const http = require('http');
const [answer, later, milliseconds] = process.argv.slice(2);

const server = http.createServer();
server.on('upgrade', (request, socket) => {
  socket.on('end', () => console.log('end'));
  socket.resume();
  socket.write(Buffer.from(answer, 'base64'));
  if (later) setTimeout(() => socket.write(Buffer.from(later, 'base64')), Number(milliseconds));
});
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));

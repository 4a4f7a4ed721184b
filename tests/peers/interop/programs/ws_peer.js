// SPDX-License-Identifier: MIT
// npm `ws` as a peer, both roles.
'use strict';
const {WebSocket, WebSocketServer} = require('ws');
const {serve, play, attend, Log} = require('./lines.js');

function actions(socket) {
  return {
    frame(opcode, fin, data) {
      if (opcode === 9) socket.ping(data);
      else socket.send(data, {binary: opcode === 2, fin});
    },
    echo(opcode, data) { socket.send(data, {binary: opcode === 2}); },
    close(code, reason) { code === null || code === undefined ? socket.close() : socket.close(code, reason); },
  };
}

function watch(socket, log) {
  socket.on('pong', (data) => log.add('pong', data));
  socket.on('ping', (data) => log.add('ping', data));
  socket.on('error', (error) => { log.error = error.message; log.wake(); });
  socket.on('close', (code, reason) => log.end(code, reason));
}

async function client({url, protocols, steps, timeout_ms}) {
  const log = new Log();
  const socket = new WebSocket(url, protocols, {handshakeTimeout: timeout_ms});
  watch(socket, log);
  socket.on('message', (data, binary) => log.add(binary ? 'binary' : 'text', data));
  await log.until(() => socket.readyState === WebSocket.OPEN || log.close || (socket.on('open', () => log.wake()), false),
    timeout_ms, 'the handshake');
  log.protocol = socket.protocol;
  if (!log.close) await play(log, steps, timeout_ms, actions(socket));
  return log.answer();
}

let server = null;
let log = null;

async function listen({wants}) {
  if (server) server.close();
  const options = {host: '127.0.0.1', port: 0, perMessageDeflate: true};
  if (wants.protocol) options.handleProtocols = (offered) => offered.has(wants.protocol) ? wants.protocol : false;
  server = new WebSocketServer(options);
  log = new Log();
  server.on('connection', (socket, request) => {
    watch(socket, log);
    log.protocol = socket.protocol;
    log.path = request.url;
    const onMessage = attend(log, wants, actions(socket));
    socket.on('message', (data, binary) => onMessage(binary ? 2 : 1, data));
  });
  await new Promise((resolve) => server.on('listening', resolve));
  return {port: server.address().port};
}

async function report({timeout_ms}) {
  await log.until(() => log.close, timeout_ms, 'the close');
  return log.answer();
}

serve({client, listen, report});

// SPDX-License-Identifier: MIT
// npm `websocket` as a peer, both roles. It sends anything above 16 KiB in fragments of 16384 bytes.
'use strict';
const http = require('http');
const {client: Client, server: Server, frame: Frame} = require('websocket');
const {serve, play, attend, Log} = require('./lines.js');

const kRoom = 64 * 1024 * 1024;

function actions(connection) {
  return {
    frame(opcode, fin, data) {
      const one = new Frame(connection.maskBytes, connection.frameHeader, connection.config);
      one.opcode = opcode;
      one.fin = fin;
      one.binaryPayload = data;
      connection.sendFrame(one);
    },
    echo(opcode, data) { opcode === 2 ? connection.sendBytes(data) : connection.sendUTF(data); },
    close(code, reason) { connection.close(code, reason); },  // it always sends a code
  };
}

function watch(connection, log, onMessage) {
  connection.on('pong', (data) => log.add('pong', data));
  connection.on('message', (message) => {
    const binary = message.type === 'binary';
    onMessage(binary ? 2 : 1, binary ? message.binaryData : Buffer.from(message.utf8Data));
  });
  connection.on('error', (error) => { log.error = error.message; });
  connection.on('close', (code, reason) => log.end(code, reason));
}

async function client({url, protocols, steps, timeout_ms}) {
  const log = new Log();
  const dial = new Client({maxReceivedFrameSize: kRoom, maxReceivedMessageSize: kRoom, fragmentOutgoingMessages: true});
  let connection = null;
  dial.on('connectFailed', (error) => { log.error = error.message; log.end(1006, ''); });
  dial.on('connect', (made) => {
    connection = made;
    log.protocol = made.protocol || '';
    watch(made, log, (opcode, data) => log.add(opcode === 1 ? 'text' : 'binary', data));
    log.wake();
  });
  dial.connect(url, protocols);
  await log.until(() => connection || log.close, timeout_ms, 'the handshake');
  if (connection) await play(log, steps, timeout_ms, actions(connection));
  return log.answer();
}

let web = null;
let log = null;

async function listen({wants}) {
  if (web) web.close();
  web = http.createServer();
  log = new Log();
  // Its own limits (64 KiB per frame, 1 MiB per message) stay where a case is about them.
  const limits = wants.own_limits ? {} : {maxReceivedFrameSize: kRoom, maxReceivedMessageSize: kRoom};
  const server = new Server({httpServer: web, autoAcceptConnections: false, keepalive: false, ...limits});
  server.on('request', (request) => {
    const name = wants.protocol && request.requestedProtocols.includes(wants.protocol) ? wants.protocol : null;
    const connection = request.accept(name, request.origin);
    log.protocol = connection.protocol || '';
    log.path = request.resource;
    watch(connection, log, attend(log, wants, actions(connection)));
  });
  await new Promise((resolve) => web.listen(0, '127.0.0.1', resolve));
  return {port: web.address().port};
}

async function report({timeout_ms}) {
  await log.until(() => log.close, timeout_ms, 'the close');
  return log.answer();
}

serve({client, listen, report});

// SPDX-License-Identifier: MIT
// npm ws as a client that keeps DEPTH messages under way: node client_ws.js FOLDER_OF_NODE_MODULES PORT SIZE DEPTH MS [tls]
// Prints what client_whit.cpp prints.
'use strict';
const path = require('path');
const [modules, port, size, depth, ms, secure] = process.argv.slice(2);
const WebSocket = require(path.join(modules, 'ws'));

const kWarmMs = 300;  // its compiler works meanwhile
const payload = Buffer.alloc(Number(size), 'w');
const socket = new WebSocket(`${secure ? 'wss' : 'ws'}://127.0.0.1:${port}/`, {perMessageDeflate: false, rejectUnauthorized: false});
const now = () => Number(process.hrtime.bigint()) / 1e6;
let begin = 0, messages = 0, used = null;

function measure() {
  const passed = now() - begin;
  if (used === null && passed > kWarmMs) {
    [begin, messages, used] = [now(), 0, process.cpuUsage()];
  } else if (used !== null && passed >= Number(ms) && messages > 0) {
    const cpu = process.cpuUsage(used);
    console.log(JSON.stringify({messages, own_us: (cpu.user + cpu.system) / messages}));
    process.exit(0);
  }
}

socket.on('open', () => {
  begin = now();
  for (let i = 0; i < Number(depth); ++i) socket.send(payload);
});
socket.on('message', (data) => {
  if (data.length !== payload.length) process.exit(1);
  ++messages;
  socket.send(payload);
  measure();
});
socket.on('error', (error) => {
  console.error(`client_ws: ${error.message}`);
  process.exit(1);
});

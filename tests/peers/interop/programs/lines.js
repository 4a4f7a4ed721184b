// SPDX-License-Identifier: MIT
// One JSON object per line in, one per line out: how the tests drive a JavaScript peer. Ends when stdin ends.
'use strict';
const readline = require('readline');

exports.serve = function serve(operations) {
  const reply = (id, answer) => process.stdout.write(JSON.stringify({id, ...answer}) + '\n');
  readline.createInterface({input: process.stdin}).on('line', async (line) => {
    const command = JSON.parse(line);
    try {
      reply(command.id, await operations[command.op](command));
    } catch (error) {
      reply(command.id, {error: String(error && error.message || error)});
    }
  }).on('close', () => process.exit(0));
};

// The events of one connection, in order, and a way to wait for more of them.
exports.Log = class Log {
  constructor() {
    this.events = [];
    this.waiting = [];
    this.close = null;
    this.error = null;
    this.protocol = '';
  }
  add(kind, data) {
    this.events.push([kind, Buffer.from(data).toString('base64')]);
    this.wake();
  }
  end(code, reason) {
    this.close = [code, String(reason || '')];
    this.wake();
  }
  wake() {
    this.waiting = this.waiting.filter((entry) => !entry());
  }
  until(condition, timeoutMs, what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`peer waited ${timeoutMs} ms for ${what}; had ${JSON.stringify(this.events).slice(0, 300)}`)), timeoutMs);
      const entry = () => {
        if (!condition()) return false;
        clearTimeout(timer);
        resolve();
        return true;
      };
      if (!entry()) this.waiting.push(entry);
    });
  }
  answer() {
    return {protocol: this.protocol, events: this.events, close: this.close, path: this.path, failed: this.error};
  }
};

// Runs the steps of a scenario through `act`, the few things that differ between libraries.
exports.play = async function play(log, steps, timeoutMs, act) {
  for (const [name, ...args] of steps) {
    if (name === 'frame') {
      const [opcode, fin, data] = args;
      act.frame(opcode, fin, Buffer.from(data, 'base64'));
    } else if (name === 'expect') {
      const [count] = args;
      await log.until(() => log.events.length >= count || log.close, timeoutMs, `${count} events`);
    } else if (name === 'close') {
      act.close(args[0], args[1]);
    } else {
      throw new Error(`unknown step ${name}`);
    }
  }
  await log.until(() => log.close, timeoutMs, 'the close');
};

// The server side of every library: echo, and the further wishes of the case.
// wants: {pings: [base64], close_after: n, close: [code, reason], fragment: bytes}
exports.attend = function attend(log, wants, act) {
  for (const ping of wants.pings || []) act.frame(9, true, Buffer.from(ping, 'base64'));
  if (wants.close && !wants.close_after) act.close(...wants.close);
  let messages = 0;
  return (opcode, data) => {
    log.add(opcode === 1 ? 'text' : 'binary', data.length > 4096 ? data.subarray(0, 4096) : data);
    if (wants.fragment) {
      for (let at = 0; at === 0 || at < data.length; at += wants.fragment) {
        const last = at + wants.fragment >= data.length;
        act.frame(at ? 0 : opcode, last, data.subarray(at, at + wants.fragment));
        if (!last && at === 0) act.frame(9, true, Buffer.from('between'));
      }
    } else {
      act.echo(opcode, data);
    }
    if (wants.close && ++messages === wants.close_after) act.close(...wants.close);
  };
};

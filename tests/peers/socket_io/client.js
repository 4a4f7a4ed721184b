// SPDX-License-Identifier: MIT
// Cases of npm socket.io-client against a server of Whit. usage: client.js URL CASE. Prints "ok", or what went wrong.
'use strict';
const assert = require('assert');
const {io} = require('socket.io-client');

const [url, name] = process.argv.slice(2);
const PATIENCE_MS = 30000;
const once = (emitter, event) => new Promise((resolve) => emitter.once(event, (...values) => resolve(values)));
const open = (space = '', options = {}) => io(url + space, {transports: ['websocket'], reconnection: false, forceNew: true, ...options});
const ask = (socket, ...words) => socket.timeout(PATIENCE_MS).emitWithAck(...words);

async function joined(space, options) {
  const socket = open(space, options);
  socket.once('connect_error', (error) => { throw error; });
  await once(socket, 'connect');
  assert.match(socket.id, /^[0-9a-f]{32}$/);
  return socket;
}

const cases = {
  async events() {
    const socket = await joined();
    assert.strictEqual(await ask(socket, 'led', true), true);
    assert.strictEqual(await ask(socket, 'led', false), false);
    assert.strictEqual(await ask(socket, 'subscribe'), false);
    const [first] = await once(socket, 'reading');
    const [second] = await once(socket, 'reading');
    assert.ok(second > first, `${first} ${second}`);
    socket.disconnect();
  },
  async echo() {
    const socket = await joined();
    const values = ['text \u00e4\ud83d\ude00 "\\', 1.5, null, true, {a: [1, {b: 'c'}]}, []];
    assert.deepStrictEqual(await new Promise((resolve) => socket.emit('echo', ...values, (...back) => resolve(back))), values);
    const back = once(socket, 'echo');
    socket.emit('echo', 'without', 'answer');
    assert.deepStrictEqual(await back, ['without', 'answer']);
    socket.disconnect();
  },
  async attachments() {
    const socket = await joined();
    const image = Buffer.from(Array.from({length: 5000}, (_, at) => at % 251));
    const values = [{image, small: Buffer.from('abc')}, Buffer.alloc(0), 'text'];
    assert.deepStrictEqual(await new Promise((resolve) => socket.emit('echo', ...values, (...back) => resolve(back))), values);
    const back = once(socket, 'echo');
    socket.emit('echo', image);
    assert.deepStrictEqual(await back, [image]);
    assert.strictEqual(await ask(socket, 'led', true), true);
    socket.disconnect();
  },
  async question() {
    const socket = await joined();
    socket.once('question', (value, answer) => answer(value * 2));
    socket.emit('ask', 21);
    assert.deepStrictEqual(await once(socket, 'answered'), [42]);
    socket.once('question', () => {});  // says nothing
    socket.emit('ask', 21);
    await once(socket, 'unanswered');
    socket.disconnect();
  },
  async namespaces() {
    const refused = open('/admin', {auth: {token: 'wrong'}});
    const [error] = await once(refused, 'connect_error');
    assert.strictEqual(error.message, 'Not authorized');
    refused.io.engine.close();
    const missing = open('/none');
    const [other] = await once(missing, 'connect_error');
    assert.strictEqual(other.message, 'Invalid namespace');
    missing.io.engine.close();
    // Two namespaces on one connection; one of them goes and comes again.
    const root = await joined();
    const admin = root.io.socket('/admin', {auth: {token: 'secret'}});
    admin.connect();  // it asks twice
    await once(admin, 'connect');
    assert.ok(await ask(admin, 'count') >= 1);
    admin.disconnect();
    assert.strictEqual(await ask(root, 'led', true), true);
    admin.connect();
    await once(admin, 'connect');
    assert.ok(await ask(admin, 'count') >= 1);
    root.io.engine.close();
  },
  // The pings of the server are answered, so that the connection lives longer than it would without.
  async pings() {
    const socket = await joined();
    let pings = 0;
    let closed = '';
    socket.io.on('ping', () => ++pings);
    socket.on('disconnect', (reason) => { closed = reason; });
    while (pings < 5 && !closed) await once(socket.io, 'ping');
    assert.strictEqual(closed, '');
    assert.strictEqual(await ask(socket, 'led', true), true);
    socket.disconnect();
  },
  // A client that does not answer pings is given up.
  async silent() {
    const socket = await joined();
    socket.io.engine._sendPacket = () => {};
    const [reason] = await once(socket, 'disconnect');
    assert.strictEqual(reason, 'transport close');
  },
  // The default of socket.io-client begins with polling.
  async polling() {
    const fails = open('', {transports: ['polling', 'websocket']});
    // The text is gone when the client has cleaned up.
    const why = await new Promise((resolve) => fails.once('connect_error', (error) => {
      resolve([error.message, error.context.status, error.context.responseText]);
    }));
    assert.deepStrictEqual(why, ['xhr poll error', 400, '{"code":0,"message":"Transport unknown"}']);
    const goesOn = await joined('', {transports: ['polling', 'websocket'], tryAllTransports: true});
    assert.strictEqual(goesOn.io.engine.transport.name, 'websocket');
    assert.strictEqual(await ask(goesOn, 'led', true), true);
    goesOn.disconnect();
  },
};

setTimeout(() => { console.log(`${name}: not within ${PATIENCE_MS} ms`); process.exit(1); }, PATIENCE_MS).unref();
process.on('unhandledRejection', (error) => { console.log(error.stack); process.exit(1); });
process.on('uncaughtException', (error) => { console.log(error.stack); process.exit(1); });
cases[name]().then(() => { console.log('ok'); process.exit(0); });

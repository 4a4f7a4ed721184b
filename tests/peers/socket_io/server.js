// SPDX-License-Identifier: MIT
// A server of npm socket.io for the client of Whit: acknowledges readings, sends the image back, switches the LED. Prints
// a line for each thing that a client does. usage: server.js PORT OPTIONS (of socket.io, as JSON)
'use strict';
const {Server} = require('socket.io');

const say = (...words) => console.log(words.join(' '));
const [port, options] = process.argv.slice(2);
const io = new Server(Number(port), JSON.parse(options));

io.use((socket, next) => {
  next(socket.handshake.auth.token === 'secret' ? undefined : new Error('Not authorized'));
});
io.on('connection', (socket) => {
  say('connected', socket.conn.protocol, socket.conn.transport.name);
  socket.timeout(20000).emit('led', true, (error, state) => say('led', error || state));
  socket.on('reading', (number, answer) => {
    say('reading', number);
    // When the client has answered the next ping.
    socket.conn.once('heartbeat', () => answer({got: number, port: Number(port)}));
  });
  socket.on('image', (image, answer) => {
    say('image', Buffer.isBuffer(image), image.length);
    socket.emit('copies', image, {also: image});
    answer(image.length, image);
  });
  socket.on('disconnect', (reason) => say('disconnected', reason));
});
io.engine.on('connection_error', (error) => say('connection error', error.code, error.message));
say('ready');
process.on('SIGTERM', () => process.exit(0));

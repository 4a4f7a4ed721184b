// SPDX-License-Identifier: MIT
// server.js NAME PORT: a server on 127.0.0.1 for one of the protocols. It prints a line for each thing that a client does.
'use strict';
const http = require('http');
const {createRequire} = require('module');
const load = createRequire(process.env.WHIT_NODE_FOLDER + '/');

const [name, port] = process.argv.slice(2);
const log = (line) => console.log(line);
const ready = () => log('ready');
// Of the records of SignalR.
const END = '\x1e';

function watch(sockets) {
  sockets.on('connection', (socket) => {
    log(`protocol ${socket.protocol || '-'}`);
    socket.on('close', (code, reason) => log(`close ${code} ${reason}`));
  });
  return sockets;
}

const servers = {
  stomp() {
    const StompServer = load('stomp-broker-js');
    const server = http.createServer();
    const stomp = new StompServer({server, heartbeat: [200, 200], debug: (what) => what === 'PONG' && log('heartbeat')});
    watch(stomp.socket);
    // Its publisher does not get a message back.
    stomp.subscribe('/question', (body) => stomp.send('/answer', {}, `${body} answered`));
    stomp.on('connected', (session, headers) => log(`connected ${headers['accept-version']} ${headers['heart-beat']}`));
    stomp.on('disconnected', () => log('disconnected'));
    server.listen(port, '127.0.0.1', ready);
  },

  graphql() {
    const {WebSocketServer} = load('ws');
    const {useServer} = load('graphql-ws/use/ws');
    const {GraphQLObjectType, GraphQLSchema, GraphQLString} = load('graphql');
    async function* greetings() {
      for (const greeting of ['hi', 'hello']) yield {greeting};
    }
    const schema = new GraphQLSchema({
      query: new GraphQLObjectType({name: 'Query', fields: {hello: {type: GraphQLString, resolve: () => 'world'}}}),
      subscription: new GraphQLObjectType({name: 'Subscription', fields: {greeting: {type: GraphQLString, subscribe: greetings}}}),
    });
    const handleProtocols = (offered) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false);
    const sockets = watch(new WebSocketServer({host: '127.0.0.1', port, handleProtocols}, ready));
    sockets.on('connection', (socket) => socket.on('message', (data) => log(`message ${JSON.parse(data).type}`)));
    useServer({schema, onConnect: (context) => context.connectionParams && context.connectionParams.token === 'secret'}, sockets);
  },

  async ocpp() {
    const {RPCServer} = load('ocpp-rpc');
    const server = new RPCServer({protocols: ['ocpp1.6'], strictMode: true, pingIntervalMs: 200});
    server.auth((accept, reject, handshake) => {
      log(`auth ${handshake.identity} ${handshake.password}`);
      if (String(handshake.password) === 'secret') accept();
      else reject(401, 'no');
    });
    server.on('client', (client) => {
      log(`protocol ${client.protocol}`);
      client.handle('BootNotification', ({params}) => {
        log(`boot ${params.chargePointVendor}`);
        return {status: 'Accepted', interval: 300, currentTime: new Date().toISOString()};
      });
      client.handle('Heartbeat', async () => {
        log('heartbeat');
        const answer = await client.call('GetConfiguration', {});
        log(`configuration ${answer.unknownKey}`);
        setImmediate(() => client.close({code: 1012, reason: 'restart'}));
        return {currentTime: new Date().toISOString()};
      });
      client.on('disconnect', ({code}) => log(`close ${code}`));
    });
    await server.listen(port, '127.0.0.1');
    ready();
  },

  // A hub of SignalR without its negotiation (skipNegotiation), as far as docs/specs/HubProtocol.md has it for JSON.
  signalr() {
    const {WebSocketServer} = load('ws');
    const sockets = watch(new WebSocketServer({host: '127.0.0.1', port}, ready));
    sockets.on('connection', (socket) => {
      let rest = '', greeted = false;
      const send = (...records) => socket.send(records.map((record) => JSON.stringify(record) + END).join(''));
      const ping = setInterval(() => greeted && send({type: 6}), 50);
      socket.on('close', () => clearInterval(ping));
      socket.on('message', (data) => {
        const records = (rest + data).split(END);
        rest = records.pop();
        for (const record of records.map((text) => JSON.parse(text))) {
          if (!greeted) {
            greeted = record.protocol === 'json' && record.version === 1;
            send(greeted ? {} : {error: 'no such protocol'});
          } else if (record.type === 6) {
            log('ping');
          } else if (record.type === 1) {
            log(`invocation ${record.target} ${record.arguments}`);
            // Two records in one message, and one in two.
            const completion = JSON.stringify({type: 3, invocationId: record.invocationId, result: record.arguments[0] * 2}) + END;
            send({type: 1, target: 'note', arguments: ['first']}, {type: 1, target: 'note', arguments: ['second']});
            socket.send(completion.slice(0, 9));
            socket.send(completion.slice(9));
          } else if (record.type === 7) {
            log('goodbye');
            send({type: 7});
            socket.close(1000);
          }
        }
      });
    });
  },
};

process.on('uncaughtException', (error) => log(`failed ${error.message}`));
servers[name]();

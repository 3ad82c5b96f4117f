// Servers and clients of the network, that are no database's.
import { once } from 'node:events';
import http from 'node:http';
import { ECHO } from '../servers/echo.mjs';

export const network = [
  {
    name: 'undici',
    version: '7.30.0',
    quick: true,
    servers: ['http'],
    verdict: 'works',
    note: '`Agent`, `Pool`, `fetch()`: the child’s requests open connections of its own.',
    async open({ load, port }) {
      const { Agent, request } = await load('undici');
      const dispatcher = new Agent();
      return {
        async use() {
          const { body } = await request(`http://127.0.0.1:${port('http')}/`, { dispatcher });
          return (await body.text()) === 'answer';
        },
        close: () => dispatcher.close(),
      };
    },
  },
  {
    name: '@grpc/grpc-js',
    version: '1.14.7',
    quick: true,
    servers: ['grpc'],
    verdict: 'works',
    note: 'It connects anew by itself.',
    async open({ load, port }) {
      const { default: grpc } = await load('@grpc/grpc-js');
      const Echo = grpc.makeGenericClientConstructor(ECHO);
      const client = new Echo(`127.0.0.1:${port('grpc')}`, grpc.credentials.createInsecure());
      return {
        use: () =>
          new Promise((resolve, reject) =>
            client.say(Buffer.from('hello'), (error, answer) =>
              error ? reject(error) : resolve(String(answer) === 'hello'),
            ),
          ),
        close: () => client.close(),
      };
    },
  },
  {
    name: 'ws',
    version: '8.23.0',
    quick: true,
    servers: ['ws'],
    verdict: 'own',
    note: 'A connection is the parent’s: what is sent in the child fails with `EPIPE`, and its `close` event comes.',
    async open({ load, port }) {
      const { WebSocket } = await load('ws');
      const socket = new WebSocket(`ws://127.0.0.1:${port('ws')}`);
      socket.on('error', () => {});
      await once(socket, 'open');
      return {
        async use() {
          const answered = once(socket, 'message');
          socket.send('hello', (error) => error && socket.emit('error', error));
          const [data] = await answered;
          return String(data) === 'hello';
        },
        close: () => socket.close(),
      };
    },
  },
  {
    name: 'express',
    version: '5.3.0',
    quick: true,
    verdict: 'works',
    note: 'The application. A server that listens is the parent’s: listen again, or `fork({ keep: [server] })`.',
    async open({ load }) {
      const { default: express } = await load('express');
      const application = express();
      application.get('/', (request, response) => response.send('answer'));
      return { use: () => answers((port, ready) => application.listen(port, '127.0.0.1', ready)) };
    },
  },
  {
    name: 'axios',
    version: '1.21.1',
    servers: ['http'],
    verdict: 'works',
    note: 'Also with an `http.Agent` of the program’s.',
    async open({ load, port }) {
      const { default: axios } = await load('axios');
      const httpAgent = new http.Agent({ keepAlive: true });
      return {
        use: async () => (await axios.get(`http://127.0.0.1:${port('http')}/`, { httpAgent })).data === 'answer',
        close: () => httpAgent.destroy(),
      };
    },
  },
  {
    name: 'got',
    version: '14.6.6',
    servers: ['http'],
    verdict: 'works',
    note: 'Also with an `http.Agent` of the program’s.',
    async open({ load, port }) {
      const { got } = await load('got');
      const agent = { http: new http.Agent({ keepAlive: true }) };
      return {
        use: async () => (await got(`http://127.0.0.1:${port('http')}/`, { agent }).text()) === 'answer',
        close: () => agent.http.destroy(),
      };
    },
  },
  {
    name: 'node-fetch',
    version: '3.3.2',
    servers: ['http'],
    verdict: 'works',
    async open({ load, port }) {
      const { default: fetch } = await load('node-fetch');
      return { use: async () => (await (await fetch(`http://127.0.0.1:${port('http')}/`)).text()) === 'answer' };
    },
  },
  {
    name: 'socket.io-client',
    version: '4.8.4',
    with: ['socket.io@4.8.4'],
    servers: ['socketio'],
    verdict: 'own',
    note: 'A connection is the parent’s.',
    async open({ load, port }) {
      const { io } = await load('socket.io-client');
      const socket = io(`http://127.0.0.1:${port('socketio')}`, { transports: ['websocket'] });
      await new Promise((resolve) => socket.once('connect', resolve));
      return {
        use: async () => (await socket.timeout(1000).emitWithAck('say', 'hello')) === 'hello',
        close: () => socket.close(),
      };
    },
  },
  {
    name: 'mqtt',
    version: '5.16.0',
    with: ['aedes@1.2.0'],
    servers: ['mqtt'],
    verdict: 'works',
    note: 'It connects anew by itself, by the same `clientId`: give each child one of its own.',
    async open({ load, port }) {
      const { default: mqtt } = await load('mqtt');
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port('mqtt')}`, { reconnectPeriod: 50 });
      client.on('error', () => {});
      return {
        use: async () => Boolean(await client.publishAsync('topic', 'hello', { qos: 1 })),
        close: () => client.end(true),
      };
    },
  },
  {
    name: 'nats',
    version: '2.29.3',
    servers: ['nats'],
    verdict: 'own',
    note: 'A connection is the parent’s.',
    async open({ load, port }) {
      const { connect } = await load('nats');
      const connection = await connect({ servers: `127.0.0.1:${port('nats')}` });
      return {
        async use() {
          await connection.flush();
          return true;
        },
        close: () => connection.close(),
      };
    },
  },
  {
    name: 'amqplib',
    version: '2.3.1',
    servers: ['amqp'],
    verdict: 'own',
    note: 'A connection is the parent’s. (Tried against a stub of the protocol.)',
    async open({ load, port }) {
      const { connect } = await load('amqplib');
      const connection = await connect(`amqp://127.0.0.1:${port('amqp')}`);
      connection.on('error', () => {});
      const channel = await connection.createChannel();
      channel.on('error', () => {});
      return {
        use: async () => (await channel.assertQueue('jobs')).queue === 'jobs',
        close: () => connection.close().catch(() => {}), // it rejects where the connection is gone
      };
    },
  },
  {
    name: 'kafkajs',
    version: '2.2.4',
    servers: ['kafka'],
    verdict: 'works',
    note: 'A producer. (Tried against a stub of the protocol.)',
    async open({ load, port }) {
      const { default: kafka } = await load('kafkajs');
      const { Kafka, Partitioners, logLevel } = kafka;
      const client = new Kafka({ brokers: [`127.0.0.1:${port('kafka')}`], logLevel: logLevel.NOTHING });
      const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      return {
        use: async () => (await producer.send({ topic: 'topic', messages: [{ value: 'hello' }] }))[0].errorCode === 0,
        close: () => producer.disconnect(),
      };
    },
  },
  {
    name: 'ssh2',
    version: '1.17.0',
    servers: ['ssh'],
    verdict: 'own',
    note: 'A connection is the parent’s.',
    async open({ load, port }) {
      const { default: ssh } = await load('ssh2');
      const client = new ssh.Client();
      client.on('error', () => {});
      client.connect({ host: '127.0.0.1', port: port('ssh'), username: 'tester', password: '' });
      await once(client, 'ready');
      return {
        async use() {
          const stream = await new Promise((resolve, reject) =>
            client.exec('say', (error, stream) => (error ? reject(error) : resolve(stream))),
          );
          return (await stream.toArray()).join('') === 'answer';
        },
        close: () => client.end(),
      };
    },
  },
  {
    name: 'puppeteer-core',
    version: '25.16.0',
    node: 22,
    ways: ['forkRun'],
    verdict: 'own',
    note: 'In `forkRun()`, that is: **an `exit` listener of its kills the parent’s browser**, also in a child of `fork()`; end that by `_exit()`. It does not run for the child’s own: `close()`. (Tried with Debian’s Chromium.)',
    async open({ load }) {
      const { default: puppeteer } = await load('puppeteer-core');
      const browser = await puppeteer.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
      const page = await browser.newPage();
      const opener = process.pid;
      return {
        async use() {
          const answer = await page.evaluate('6 * 7');
          if (opener === process.pid && opener !== Number(process.env.POSIX_FORK_TRIAL_PARENT)) await browser.close();
          return answer === 42;
        },
        close: () => browser.close(),
      };
    },
  },
  {
    name: 'nodemailer',
    version: '10.6.1',
    with: ['smtp-server@3.21.6'],
    servers: ['smtp'],
    verdict: 'works',
    note: 'Its pool connects anew by itself.',
    async open({ load, port }) {
      const { default: mailer } = await load('nodemailer');
      const transport = mailer.createTransport({ pool: true, host: '127.0.0.1', port: port('smtp'), ignoreTLS: true });
      const message = { from: 'a@example.org', to: 'b@example.org', subject: 'hello', text: 'hello' };
      return {
        use: async () => (await transport.sendMail(message)).accepted.length === 1,
        close: () => transport.close(),
      };
    },
  },
  {
    name: 'fastify',
    version: '5.12.8',
    verdict: 'works',
    note: 'As express.',
    async open({ load }) {
      const { default: fastify } = await load('fastify');
      return {
        use: async () => {
          const application = fastify();
          application.get('/', async () => 'answer');
          const url = await application.listen({ port: 0, host: '127.0.0.1' });
          const text = await (await fetch(url, { headers: { connection: 'close' } })).text();
          await application.close();
          return text === 'answer';
        },
      };
    },
  },
  {
    name: 'koa',
    version: '3.3.0',
    verdict: 'works',
    note: 'As express.',
    async open({ load }) {
      const { default: Koa } = await load('koa');
      const application = new Koa();
      application.use((context) => void (context.body = 'answer'));
      return { use: () => answers((port, ready) => application.listen(port, '127.0.0.1', ready)) };
    },
  },
  {
    name: 'hono',
    version: '4.13.19',
    with: ['@hono/node-server@2.1.9'],
    verdict: 'works',
    note: 'As express.',
    async open({ load }) {
      const { Hono } = await load('hono');
      const { serve } = await load('@hono/node-server');
      const application = new Hono().get('/', (context) => context.text('answer'));
      const { fetch } = application;
      return { use: () => answers((port, ready) => serve({ fetch, port, hostname: '127.0.0.1' }, ready)) };
    },
  },
  {
    name: '@hapi/hapi',
    version: '21.4.10',
    verdict: 'works',
    note: 'As express.',
    async open({ load }) {
      const { default: hapi } = await load('@hapi/hapi');
      return {
        async use() {
          const server = hapi.server({ port: 0, host: '127.0.0.1' });
          server.route({ method: 'GET', path: '/', handler: () => 'answer' });
          await server.start();
          const text = await (await fetch(server.info.uri, { headers: { connection: 'close' } })).text();
          await server.stop();
          return text === 'answer';
        },
      };
    },
  },
];

/** Whether a server that is started so gives its answer. */
async function answers(listen) {
  const server = await new Promise((resolve) => {
    const started = listen(0, () => resolve(started));
  });
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { headers: { connection: 'close' } });
  const text = await response.text();
  await new Promise((resolve) => server.close(resolve));
  return text === 'answer';
}

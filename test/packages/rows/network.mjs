// Servers and clients of the network, that are no database's.
import { once } from 'node:events';

export const network = [
  {
    name: 'undici',
    version: '7.30.0',
    quick: true,
    servers: ['http'],
    verdict: 'again',
    note: '`Agent`, `Pool`: the first request that takes an idle connection fails with `EPIPE`. `fetch()` of Node.js, and `http.globalAgent`, work from the first.',
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
      const same = (value) => value;
      const Echo = grpc.makeGenericClientConstructor({
        say: {
          path: '/Echo/say',
          requestStream: false,
          responseStream: false,
          requestSerialize: same,
          requestDeserialize: same,
          responseSerialize: same,
          responseDeserialize: same,
        },
      });
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

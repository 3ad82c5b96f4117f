// What holds no thread, no handle and no addon, and tools of JavaScript's.
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

let n = 0;

export const plain = [
  {
    name: 'pino',
    version: '10.4.0',
    quick: true,
    verdict: 'works',
    note: 'Lines to a file or a descriptor.',
    async open({ load, scratch }) {
      const { default: pino } = await load('pino');
      const file = `${scratch}/pino-${process.pid}.log`;
      const log = pino(pino.destination({ dest: file, sync: true }));
      return {
        use() {
          const line = `line ${process.pid} ${n++}`;
          log.info(line);
          return readFileSync(file, 'utf8').includes(line);
        },
      };
    },
  },
  {
    name: 'pino',
    variant: 'with a transport',
    version: '10.4.0',
    verdict: 'recipe',
    warning: /thread-stream/,
    note: 'What a child logs through its parent’s transport is lost.',
    async open({ load, scratch }) {
      const { default: pino } = await load('pino');
      const transportTo = (file) => pino.transport({ target: 'pino/file', options: { destination: file } });
      const file = `${scratch}/pino-transport-${process.pid}.log`;
      const log = pino(transportTo(file));
      log[pino.symbols.streamSym].on('error', () => {});
      const session = {
        async use() {
          const line = `line of ${process.pid}, ${n++}`;
          log.info(line);
          while (!existsSync(file) || !readFileSync(file, 'utf8').includes(line)) await sleep(5);
          return true;
        },
        renew() {
          log[pino.symbols.streamSym] = transportTo(file);
          return session;
        },
      };
      return session;
    },
  },
];

// Loggers.
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

let n = 0;

export const loggers = [
  {
    name: 'pino',
    version: '10.4.0',
    quick: true,
    verdict: 'works',
    note: 'Lines to a file or a descriptor. With `sync: false` a child of `fork()` that exits writes again what its parent had in the buffer: `registerAtFork({ before: () => destination.flushSync() })`, or `_exit()`.',
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
    warning: /Of thread-stream: what the child writes to it is lost/,
    note: 'What a child logs through its parent’s transport is lost.',
    async open({ load, scratch }) {
      const { default: pino } = await load('pino');
      const transportTo = (file) => pino.transport({ target: 'pino/file', options: { destination: file } });
      const file = `${scratch}/pino-transport-${process.pid}.log`;
      const log = pino(transportTo(file));
      log[pino.symbols.streamSym].on('error', () => {});
      const session = {
        use() {
          return logs((line) => log.info(line), file);
        },
        renew() {
          log[pino.symbols.streamSym] = transportTo(file);
          return session;
        },
      };
      return session;
    },
  },
  {
    name: 'winston',
    version: '3.19.0',
    verdict: 'recipe',
    note: 'What a child logs to its parent’s file transport is not written: `afterInChild: () => logger.clear().add(new transports.File(…))`.',
    async open({ load, scratch }) {
      const { default: winston } = await load('winston');
      const file = () => new winston.transports.File({ filename });
      const filename = `${scratch}/winston-${process.pid}.log`;
      const logger = winston.createLogger({ transports: [file()] });
      const session = {
        use: () => logs((line) => logger.info(line), filename),
        close: () => logger.close(),
        renew() {
          logger.clear().add(file());
          return session;
        },
      };
      return session;
    },
  },
  {
    name: 'bunyan',
    version: '2.0.5',
    verdict: 'works',
    note: 'A file that the parent logs to is written by both.',
    async open({ load, scratch }) {
      const { default: bunyan } = await load('bunyan');
      const file = `${scratch}/bunyan-${process.pid}.log`;
      const logger = bunyan.createLogger({ name: 'test', streams: [{ path: file }] });
      return { use: () => logs((line) => logger.info(line), file) };
    },
  },
  {
    name: 'log4js',
    version: '6.9.1',
    verdict: 'works',
    note: 'A file that the parent logs to is written by both.',
    async open({ load, scratch }) {
      const { default: log4js } = await load('log4js');
      const filename = `${scratch}/log4js-${process.pid}.log`;
      const appenders = { file: { type: 'file', filename } };
      const configured = log4js.configure({
        appenders,
        categories: { default: { appenders: ['file'], level: 'info' } },
      });
      const logger = configured.getLogger();
      return {
        use: () => logs((line) => logger.info(line), filename),
        close: () => new Promise((done) => log4js.shutdown(done)),
      };
    },
  },
  {
    name: 'debug',
    version: '4.4.3',
    verdict: 'works',
    async open({ load }) {
      const { default: debug } = await load('debug');
      const lines = [];
      const log = Object.assign(debug('test'), { enabled: true, log: (line) => lines.push(line) });
      return {
        use() {
          log('hello');
          return lines.pop().includes('hello');
        },
      };
    },
  },
  {
    name: 'prom-client',
    version: '15.1.3',
    verdict: 'again',
    note: 'Counters go on from where they were. That of the processor’s time is less in a child, of which `metrics()` complains once: `register.resetMetrics()` in the child.',
    async open({ load }) {
      const { default: prom } = await load('prom-client');
      const registry = new prom.Registry();
      prom.collectDefaultMetrics({ register: registry });
      return { use: async () => (await registry.metrics()).includes('process_cpu_seconds_total') };
    },
  },
];

/** Whether a line comes to the file. */
async function logs(write, file) {
  const line = `line of ${process.pid}, ${n++}`;
  write(line);
  while (!existsSync(file) || !readFileSync(file, 'utf8').includes(line)) await sleep(5);
  return true;
}

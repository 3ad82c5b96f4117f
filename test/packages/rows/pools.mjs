// Pools of Workers and of processes.
import { writeFileSync } from 'node:fs';

const TASK = 'module.exports = ({ n }) => n * 7;';
const NOTE = 'Its Workers are not there.';

export const pools = [
  {
    name: 'piscina',
    version: '5.3.2',
    verdict: 'recipe',
    warning: /Of piscina: .*make one of its own/,
    note: NOTE,
    async open(kit) {
      const { Piscina } = await kit.load('piscina');
      const filename = taskOf(kit);
      return renewable(
        () => new Piscina({ filename, minThreads: 1, maxThreads: 1 }),
        (pool) => pool.run({ n: 6 }),
        (pool) => pool.destroy(),
      );
    },
  },
  {
    name: 'tinypool',
    version: '2.2.0',
    verdict: 'recipe',
    warning: /Of tinypool: .*make one of its own/,
    note: NOTE,
    async open(kit) {
      const { Tinypool } = await kit.load('tinypool');
      const filename = taskOf(kit);
      return renewable(
        () => new Tinypool({ filename, minThreads: 1, maxThreads: 1 }),
        (pool) => pool.run({ n: 6 }),
        (pool) => pool.destroy(),
      );
    },
  },
  {
    name: 'workerpool',
    version: '10.0.3',
    verdict: 'recipe',
    warning: /Of workerpool: .*make one of its own/,
    note: NOTE,
    async open({ load }) {
      const { default: workerpool } = await load('workerpool');
      return renewable(
        () => workerpool.pool({ maxWorkers: 1, workerType: 'thread' }),
        (pool) => pool.exec((n) => n * 7, [6]),
        (pool) => pool.terminate(),
      );
    },
  },
  {
    name: 'workerpool',
    variant: "`workerType: 'process'`",
    version: '10.0.3',
    verdict: 'again',
    note: 'Its processes are the parent’s: the first call fails with `EPIPE`.',
    async open({ load }) {
      const { default: workerpool } = await load('workerpool');
      return renewable(
        () => workerpool.pool({ maxWorkers: 1, workerType: 'process' }),
        (pool) => pool.exec((n) => n * 7, [6]),
        (pool) => pool.terminate(),
      );
    },
  },
  {
    name: 'jest-worker',
    version: '30.5.1',
    verdict: 'recipe',
    warning: /Of jest-worker: .*make one of its own/,
    note: NOTE,
    async open(kit) {
      const { Worker } = await kit.load('jest-worker');
      const filename = taskOf(kit);
      return renewable(
        () => new Worker(filename, { numWorkers: 1, enableWorkerThreads: true, exposedMethods: ['default'] }),
        (pool) => pool.default({ n: 6 }),
        (pool) => pool.end(),
      );
    },
  },
];

function taskOf({ scratch }) {
  const file = `${scratch}/task.cjs`;
  writeFileSync(file, `${TASK}\nmodule.exports.default = module.exports;`);
  return file;
}

function renewable(open, run, close) {
  const pool = open();
  return {
    use: async () => (await run(pool)) === 42,
    close: () => close(pool),
    renew: () => renewable(open, run, close),
  };
}

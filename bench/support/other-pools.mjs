// The pools of Workers that forkMap() and forkPool() are compared with: installed into a cache folder, once.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const PACKAGES = ['tinypool@2.2.0', 'piscina@5.3.2', 'workerpool@10.0.3'];
const CPUS = os.availableParallelism();
const threads = { minThreads: CPUS, maxThreads: CPUS };

/** name → makes a pool of the function that `filename` exports: { run(item), close() } */
export const otherPools = (filename) => {
  const require = createRequire(installed());
  return {
    async tinypool() {
      const { Tinypool } = await import(require.resolve('tinypool'));
      const pool = new Tinypool({ filename, ...threads });
      return { run: (item) => pool.run(item), close: () => pool.destroy() };
    },
    piscina() {
      const { Piscina } = require('piscina');
      const pool = new Piscina({ filename, ...threads, maxQueue: Infinity });
      return { run: (item) => pool.run(item), close: () => pool.destroy() };
    },
    workerpool() {
      const pool = require('workerpool').pool({ maxWorkers: CPUS, workerType: 'thread' });
      const work = createRequire(filename)(filename);
      return { run: (item) => pool.exec(work, [item]), close: () => pool.terminate() };
    },
  };
};

function installed() {
  const folder = path.join(os.homedir(), '.cache/posix-fork-bench');
  if (!fs.existsSync(path.join(folder, 'node_modules/piscina'))) {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', ...PACKAGES], { cwd: folder, stdio: ['ignore', 2, 2] });
  }
  return path.join(folder, 'package.json');
}

import { forkPool } from 'vitest-pool-fork';

const { POOL = 'fork' } = process.env;
const project = (name, test) => ({ extends: true, test: { name, ...test } });
export default {
  test: {
    pool: POOL === 'fork' ? forkPool() : POOL,
    maxWorkers: 2,
    coverage: { include: ['src/**'], reporter: ['json'] },
    projects: [
      project('alone', { include: ['tests/*.test.ts'], setupFiles: ['tests/setup.ts'] }),
      project('globals', { include: ['globals/*.test.ts'], globals: true }),
      project('custom', { include: ['custom/*.test.ts'], environment: './custom/environment.ts' }),
      project('shared', { include: ['shared/*.test.ts'], isolate: false }),
    ],
  },
};

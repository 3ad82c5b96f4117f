import { forkPool } from 'vitest-pool-fork';

export default { test: { pool: forkPool(), include: ['tests/*.test.ts'], maxWorkers: 1 } };

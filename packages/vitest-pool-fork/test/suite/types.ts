// Checked by tsc, with Vitest's own declarations.
import { forkPool, type ForkPoolOptions } from 'vitest-pool-fork';
import { defineConfig } from 'vitest/config';

const options: ForkPoolOptions = { leave: ['node_modules/moment/'] };
export default defineConfig({ test: { pool: forkPool(options) } });
// @ts-expect-error -- no such option
forkPool({ preload: [] });

import type { PoolRunnerInitializer } from 'vitest/node';

/** Options of {@link forkPool}. */
export interface ForkPoolOptions {
  /**
   * Parts of URLs of modules that the template must not import: `['node_modules/moment/']`. Needed only for a package whose import changes the private state
   * of another.
   */
  leave?: readonly string[];
}

/**
 * A pool for Vitest's option `pool`. Each test file runs in a process of its own, forked from one that has Vitest, the environment and
 * what tests import.
 *
 * @example
 * ```ts
 * import { defineConfig } from 'vitest/config';
 * import { forkPool } from 'vitest-pool-fork';
 *
 * export default defineConfig({ test: { pool: forkPool() } });
 * ```
 */
export function forkPool(options?: ForkPoolOptions): PoolRunnerInitializer;

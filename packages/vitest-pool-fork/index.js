// A pool for Vitest's `pool` option.
import { ForkPoolWorker } from './lib/pool-worker.js';
import { Templates } from './lib/templates.js';

export function forkPool({ leave = [] } = {}) {
  const templates = new Templates(leave);
  return { name: 'fork', createPoolWorker: (options) => new ForkPoolWorker(options, templates) };
}

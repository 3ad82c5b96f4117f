// A pool for Vitest's `pool` option.
import { createRequire } from 'node:module';
import { ForkPoolWorker } from './lib/pool-worker.js';
import { Templates } from './lib/templates.js';

export function forkPool({ leave = [] } = {}) {
  refuseOthers();
  const templates = new Templates(leave);
  return { name: 'fork', createPoolWorker: (options) => new ForkPoolWorker(options, templates) };
}

// Vitest 3 takes its own pool instead of one that is no name, and says nothing.
function refuseOthers() {
  let version;
  try {
    ({ version } = createRequire(import.meta.url)('vitest/package.json'));
  } catch {
    return; // it is not where this package looks: let Vitest say what it makes of this
  }
  if (Number.parseInt(version, 10) < 4)
    throw new Error(
      `vitest-pool-fork needs Vitest 4. This is ${version}, whose pools have to do what Vitest 4 does for them`,
    );
}

// What of its parent's would a child have here though it should not?
import { findModuleHooks } from '../child/module-hooks.js';
import { findRandomness } from '../child/random.js';
import { findTimers } from '../child/timers.js';
import { findWorkers } from '../threads/workers.js';

/** In words; empty where every promise is kept. @internal */
export function findLeaks(): string[] {
  return [findTimers(), ...findRandomness(), findWorkers(), findModuleHooks()].filter((leak) => leak !== undefined);
}

// Has the loop run dry, or does Node emit 'exit' for another reason?
import { filesBelow } from '../sys/stack.js';
import { isExiting } from './exiting.js';

const { apply } = Reflect; // as it was before the program had a chance to patch it
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a string
const { startsWith } = String.prototype;

/**
 * Node's C++ has said that it exits, and it was its C++ that emitted: below this lies none of Node's own JavaScript for
 * process.exit() and uncaught exceptions (lib/internal/process/per_thread.js, execution.js, promises.js), after which
 * more is to come. @internal
 */
export function isNaturalEnd(): boolean {
  if (!isExiting()) return false;
  const files = filesBelow(isNaturalEnd);
  for (let i = 0; i < files.length; i++) if (apply(startsWith, files[i], ['node:internal/process/'])) return false;
  return true;
}

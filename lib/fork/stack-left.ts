// Is there enough stack left for a fork? In a deep recursion, fork()'s own JavaScript could overflow the stack after the child
// exists: that would kill the child, or the parent would not learn of it.
import { isMainThread } from 'node:worker_threads';
import { codedError } from '../sys/errors.js';
import { native } from '../sys/native.js';

const { apply } = Reflect; // as it was before the program had a chance to patch it

// 50 KB are used by the first fork of a process (Node.js 26), 44 by a later one. V8 needs 40 of those to compile a function
// (kStackSpaceRequiredForCompilation), and a child may have to compile some. Measured by leaving less: test/fork/fixtures/deep.mjs.
const JAVASCRIPT = 96 * 1024; // bytes, up to the limit that V8 has set itself: node --stack-size
const NATIVE = 2 * JAVASCRIPT; // up to where the kernel ends the process: RLIMIT_STACK

// Arguments go to the stack, if there is room for all of them: eight bytes each.
const ARGUMENTS = new Array<number>(1024).fill(0);
const CALLS = JAVASCRIPT / (8 * ARGUMENTS.length);

/**
 * Throws if less of the stack is left than a fork may take. In the last bytes it is V8's own RangeError.
 *
 * @param what - what was called, as the user knows it: `'fork()'`
 * @throws `ERR_FORK_STACK`
 * @internal
 */
export function requireStack(what: string): void {
  if (!isMainThread) return; // has another stack, and does not fork
  if (native.stackLeft() >= NATIVE && (native.v8StackLeft() >= JAVASCRIPT || mayTake(CALLS))) return;
  throw codedError(
    RangeError,
    'ERR_FORK_STACK',
    `${what} was called too deep in a recursion: too little of the stack is left for it (node --stack-size, RLIMIT_STACK). Nothing was forked`,
    requireStack,
  );
}

// Where V8 does not show its limit, or little is left. It writes 96 KB, which the kernel copies if a child is there that has them,
// too: 60 us.
function mayTake(calls: number): boolean {
  try {
    take(calls);
    return true;
  } catch {
    return false;
  }
}

function take(calls: number): void {
  if (calls === 0) return;
  ARGUMENTS[0] = calls - 1;
  apply(take, undefined, ARGUMENTS);
}

// Where can a child be forked that has nothing of its parent's to go back to? In a callback of the loop that is only for it.
import { AsyncResource } from 'node:async_hooks';
import { retain } from '../child/retained.js';
import { inSameProcess, whenChild } from '../child/when-child.js';
import { prepareHooks, runUnseen } from '../node/async-hooks.js';
import { native } from '../sys/native.js';

interface Waiting {
  action: () => void;
  context: AsyncResource; // the caller's
}

// Ended by nothing but the last line below: hooks of a child would hear of a collected one.
const MANUAL = { requireManualDestroy: true };

let waiting: Waiting[] = [];

// What the parent still means to do there is not the child's.
whenChild(() => {
  retain(waiting);
  waiting = [];
});

/**
 * Calls `action` on a turn of the loop that it has for itself, with no other JavaScript on the stack, and in the caller's
 * async context. It must not throw. @internal
 */
export function onCleanTurn(action: () => void): void {
  waiting[waiting.length] = { action, context: new AsyncResource('posix-fork', MANUAL) };
  if (waiting.length === 1) native.onCleanTurn(run);
}

// One action a turn: what it has resolved in the parent, the child of the next one would go on with.
function run(): void {
  const next = waiting[0];
  // By index: the program may have changed what is built in.
  const others: typeof waiting = [];
  for (let i = 1; i < waiting.length; i++) others[i - 1] = waiting[i] as Waiting;
  waiting = others;
  if (waiting.length > 0) native.onCleanTurn(run);
  if (!next) return;
  const isParent = inSameProcess();
  prepareHooks();
  runUnseen(next.context, next.action);
  if (isParent()) next.context.emitDestroy();
}

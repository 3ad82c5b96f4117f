// Where can a child be forked that has nothing of its parent's to go back to? In a callback of the loop that is only for it.
import { whenChild } from '../child/become-child.js';
import { native } from '../sys/native.js';

let waiting: (() => void)[] = [];
let current: (() => void)[] = [];
// What the parent still means to do there is not the child's, nor is the rest of what it was just doing.
whenChild(() => {
  waiting = [];
  current.length = 0;
});

/** Calls `action` on the next turn of the loop, with no other JavaScript on the stack. It must not throw. @internal */
export function onCleanTurn(action: () => void): void {
  if (waiting.push(action) === 1) native.onCleanTurn(run);
}

function run(): void {
  current = waiting;
  waiting = [];
  for (let action = current.shift(); action !== undefined; action = current.shift()) action();
}

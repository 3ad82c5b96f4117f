// How does process.kill() reach its own process, and what does Node do first?
//
// Where no JavaScript listens to the signal, Node's C++ runs what is to run at the environment's end (node::Kill() of src/node_process_methods.cc):
// it takes coverage, calls addons, and stops profilers. In a child the last waits for ever, for a thread that is the parent's.
import { constants } from 'node:os';
import process from 'node:process';
import { native } from '../sys/native.js';

type Kill = (this: unknown, pid: unknown, signo: number) => number;

// As they were before the program had a chance to patch them.
const { apply, defineProperty, get } = Reflect;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to process
const { listenerCount } = process;
const names: string[][] = [];
for (const [name, signo] of Object.entries(constants.signals)) (names[signo] ??= []).push(name);

/** What process.kill() calls; undefined where Node has no such function. */
const nodes = get(process, '_kill') as Kill | undefined;

/** Whether process.kill() can be kept from it. @internal */
export function knowsOwnKill(): boolean {
  return typeof nodes === 'function';
}

/** Child: signals to itself are sent as they are, after `before` if one may end it. @internal */
export function killPastCleanup(before: () => void): void {
  const rest = get(process, '_kill') as Kill | undefined; // whoever has patched it
  if (typeof rest !== 'function') return;
  const kill: Kill = function (pid, signo) {
    if (!(signo > 0) || !reachesItself(Number(pid)) || isHeard(signo)) return apply(rest, this, [pid, signo]);
    before();
    try {
      native.kill(Number(pid), signo); // '12' is a pid for Node, too
    } catch (error) {
      return (error as { errno: number }).errno;
    }
    return 0;
  };
  defineProperty(process, '_kill', { value: kill, writable: true, configurable: true, enumerable: true });
}

function reachesItself(pid: number): boolean {
  const own = native.getpid();
  return pid === 0 || pid === -1 || pid === own || pid === -own;
}

function isHeard(signo: number): boolean {
  const list = names[signo] ?? [];
  for (let i = 0; i < list.length; i++) if (apply(listenerCount, process, [list[i] as string]) > 0) return true;
  return false;
}

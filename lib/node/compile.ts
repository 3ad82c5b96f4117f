// How is a function compiled without running it? V8 compiles a function when it is first called; native/node/compile.cc calls it,
// and makes it end before its first statement.
import { isMainThread } from 'node:worker_threads';
import { native } from '../sys/native.js';

/** @internal */
export type AnyFunction = (...args: never[]) => unknown;

let works: boolean | undefined; // undefined: not looked at yet

/**
 * False where it cannot be done now: beside another thread that may terminate what runs here (those of node:vm are looked for),
 * whose termination would be lost. @internal
 */
export function compile(functions: readonly AnyFunction[]): boolean {
  return knowsCompiling() && works === true && native.compile(functions);
}

/** False if functions would run. Not tried in a Worker, which may be about to be terminated. @internal */
export function knowsCompiling(): boolean {
  if (works === undefined && isMainThread) {
    let ran = false;
    const runs = () => {
      ran = true;
    };
    if (native.compile([runs])) works = !ran;
  }
  return works !== false;
}

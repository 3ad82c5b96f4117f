// What if undici is still compiling its parser, in WebAssembly, when the program forks (its versions 5 and 6, and so Node's own up
// to Node 22)? A child's own requests need that parser: V8 finishes it there. But each connection that was made meanwhile waits
// for it, in an async function, to send the parent's request.
import { types } from 'node:util';
import { unseen } from './async-hooks.js';
import { DISPATCHERS } from './fetch.js';
import { Inspection } from './inspect-scope.js';
import { isLoaded } from './loaded.js';
import { native, noop } from '../sys/native.js';

type AnyFunction = (...args: never[]) => unknown;

// The function that waits is exported by a file of the package, or is in a class that is. In a bundle, Node's or esbuild's, all
// functions see the one that requires that file.
const FILES = /[\\/]lib[\\/](?:dispatcher[\\/]client-h1|client)\.js$/;
const REQUIRE = 'require_client_h1';
const PROMISE = 'llhttpPromise';
const PARSER = [PROMISE, 'llhttpInstance', 'lazyllhttp'];

const { isPromise } = types;
const waiting = new WeakMap<AnyFunction, AnyFunction | undefined>(); // what waits, by where it was found
const ready = new WeakSet<AnyFunction>(); // of its keys
let ofFiles: unknown[] = [];
let files = 0;
let known: boolean | undefined; // how promises are laid out
const unheard: object[] = []; // never collected: hooks, which have not heard of them, would hear of that

/**
 * Parent, before the fork, if undici was loaded: what those wait for who need a parser that is being compiled. Some milliseconds for
 * each undici, until it has its parser. @internal
 */
export function findParsers(): Promise<unknown>[] {
  const promises: Promise<unknown>[] = [];
  if (!knowsReactions()) return promises;
  try {
    // The program may have put another one there, or none.
    const ofNode: unknown[] = isLoaded('internal/deps/undici/undici') ? [globalThis.Response] : [];
    for (const place of [...ofNode, ...classesOfDispatchers(), ...exportsOfFiles()].filter(isFunction)) {
      if (ready.has(place)) continue;
      const promise = Inspection.run((inspection) => look(inspection, place));
      if (promise) promises.push(promise);
    }
  } catch {
    // without node:inspector
  }
  return promises;
}

function look(inspection: Inspection, place: AnyFunction): Promise<unknown> | undefined {
  if (!waiting.has(place)) {
    const required = inspection.scopeOf(place, [REQUIRE]).get(REQUIRE) as (() => AnyFunction) | undefined;
    const one = required ? required() : place;
    waiting.set(place, inspection.scopeOf(one, PARSER).size > 0 ? one : undefined);
  }
  const one = waiting.get(place);
  const promise = one && inspection.scopeOf(one, [PROMISE]).get(PROMISE);
  if (isPromise(promise) && native.isPending(promise)) return promise;
  ready.add(place);
  return undefined;
}

function classesOfDispatchers(): unknown[] {
  const global = globalThis as unknown as Record<symbol, { constructor: unknown } | undefined>;
  return DISPATCHERS.map((symbol) => global[symbol]?.constructor);
}

function exportsOfFiles(): unknown[] {
  const paths = Object.keys(require.cache);
  if (paths.length !== files)
    ofFiles = paths.filter((path) => FILES.test(path)).map((path) => require.cache[path]?.exports as unknown);
  files = paths.length;
  return ofFiles;
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === 'function';
}

/** Whether a child can be kept from those who wait. @internal */
export function knowsReactions(): boolean {
  known ??= unseen(() => {
    const [fresh, awaited] = [new Promise(noop), new Promise(noop)];
    unheard.push(fresh, awaited, awaited.then(noop));
    return native.knowsReactions(fresh, awaited);
  });
  return known;
}

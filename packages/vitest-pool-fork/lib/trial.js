// May the template import a module? A child of it tries first, and ends.
//
// It may if the import succeeds, changes nothing that others can see, prints nothing, and does not depend on what is otherwise in a test file's process:
// its pid, the number of its worker, and the globals and variables that setup files set.
import { subscribe } from 'node:diagnostics_channel';
import posix from 'posix-fork';
import { differences, survey } from './survey.js';

const EACH_ITS_OWN = ['VITEST_POOL_ID', 'VITEST_WORKER_ID'];

/**
 * Imports one of `urls` after the other, until one does something. Returns how many did nothing.
 *
 * @param watched - the globals and variables that are otherwise in test files' processes
 */
export async function tryImports(urls, watched, framework) {
  let touches = 0;
  const touch = () => touches++;
  trap(process, ['pid'], touch);
  trap(globalThis, watched.global, touch);
  trapEnvironment([...watched.env, ...EACH_ITS_OWN], touch);
  for (const stream of [process.stdout, process.stderr]) stream.write = touch;
  process.emitWarning = touch;
  void globalThis.Headers; // Node's own fetch() is loaded at some time, and leaves its symbols on the global object: no package's doing
  let before = survey(framework);
  for (const [index, url] of urls.entries()) {
    const touchedBefore = touches;
    try {
      await import(url);
    } catch {
      return index;
    }
    await new Promise((resolve) => setImmediate(resolve));
    if (touches > touchedBefore || hasThreads()) return index;
    const after = survey(framework);
    if (differences(before, after).length > 0) return index;
    before = after;
  }
  return urls.length;
}

// The thread of a Worker that has just been started may look like one of Node's own.
let workers = 0;
subscribe('worker_threads', () => workers++);

/** Whether there are threads that a fork would not cover, or there was a Worker. */
export function hasThreads() {
  return workers > 0 || posix.threads().some(({ covered }) => !covered);
}

function trap(object, names, touch) {
  for (const name of names) {
    const own = Object.getOwnPropertyDescriptor(object, name);
    if (own?.configurable === false) continue;
    let value = own?.get ? undefined : own?.value;
    const get = () => (touch(), own?.get ? own.get.call(object) : value);
    const set = (next) => (touch(), (value = next));
    Object.defineProperty(object, name, { configurable: true, enumerable: own?.enumerable ?? false, get, set });
  }
}

function trapEnvironment(names, touch) {
  const asked = (name) => void (names.includes(name) && touch());
  process.env = new Proxy(process.env, {
    get: (env, name) => (asked(name), env[name]),
    has: (env, name) => (asked(name), name in env),
  });
}

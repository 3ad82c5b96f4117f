// What did an import, or a setup file, change that others can see?
//
// A module that the template has imported is there for every test file. That is the same as importing it there, unless the import did something to
// the world: then a file that does not import it would see that, too. So a survey is taken before and after, in a child that is thrown
// away: the properties of the global object and of what it holds, the environment, Node's modules, Vitest's own matchers, the
// document, what is under way. It calls no getter: some of Node's load half a library.
import { builtinModules, createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { ownKeys, getOwnPropertyDescriptor } = Reflect;
// What they give changes by itself, or with a warning.
const LEFT_OUT = /^(_|node:|sys$|punycode$|process$|repl$|test|inspector|wasi$|trace_events$|sqlite$|sea$|cluster$)/;
// Not the requests of the import itself.
const LASTING = /^(Timeout|TCP|UDP|FSEvent|StatWatcher|ProcessWrap|Worker|MessagePort)/;

/** A map from the name of each object, as `global`, `env` or `built-in Array.prototype`, to a map of its properties. */
export function survey(framework = {}) {
  const seen = new Map();
  seen.set('global', properties(globalThis));
  seen.set('env', new Map(Object.entries(process.env)));
  for (const name of ownKeys(globalThis)) {
    const value = getOwnPropertyDescriptor(globalThis, name)?.value;
    const vitests = String(name).includes('vitest');
    if (value !== globalThis && value !== process && !vitests) add(seen, `built-in ${String(name)}`, value);
  }
  const window = globalThis.jsdom?.window; // its classes are hidden behind getters of the global object
  for (const name of window ? ownKeys(window) : []) {
    const value = getOwnPropertyDescriptor(window, name)?.value;
    if (typeof value === 'function') add(seen, `built-in window.${String(name)}`, value);
  }
  for (const name of builtinModules) {
    const loaded = process.moduleLoadList.includes(`NativeModule ${name}`);
    if (loaded && !LEFT_OUT.test(name)) add(seen, `built-in ${name}`, require(name));
  }
  for (const [name, value] of Object.entries(framework)) add(seen, `framework ${name}`, value);
  seen.set('process', state());
  return seen;
}

/** What is not the same in both: the names of objects and properties. An object that was not there before is a property of another. */
export function differences(before, after) {
  const changed = [];
  for (const [object, now] of after) {
    const then = before.get(object);
    if (then === undefined) continue;
    for (const name of new Set([...now.keys(), ...then.keys()])) {
      const same = now.has(name) === then.has(name) && Object.is(now.get(name), then.get(name));
      if (!same) changed.push({ object, name });
    }
  }
  return changed;
}

function state() {
  const seen = new Map();
  seen.set('cwd', process.cwd());
  seen.set('under way', String(process.getActiveResourcesInfo().filter((name) => LASTING.test(name))));
  for (const name of ['title', 'exitCode', 'argv', 'execArgv']) seen.set(name, String(process[name]));
  for (const name of ['emit', 'on', 'exit', 'nextTick', 'emitWarning', 'kill', 'hrtime']) seen.set(name, process[name]);
  for (const event of process.eventNames()) seen.set(`on ${String(event)}`, process.listenerCount(event));
  for (const name of ['stdout', 'stderr']) seen.set(name, getOwnPropertyDescriptor(process[name], 'write')?.value);
  for (const [name, value] of properties(require.extensions)) seen.set(`require ${name}`, value);
  seen.set('document', globalThis.document?.documentElement?.outerHTML);
  return seen;
}

function add(seen, name, value) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return;
  seen.set(name, properties(value));
  const prototype = typeof value === 'function' && getOwnPropertyDescriptor(value, 'prototype')?.value;
  if (prototype) seen.set(`${name}.prototype`, properties(prototype));
}

function properties(object) {
  const seen = new Map();
  for (const name of ownKeys(object)) {
    const own = getOwnPropertyDescriptor(object, name);
    if (own !== undefined) seen.set(String(name), own.get ?? own.value);
  }
  return seen;
}

// What can a caller hand over? Anything, and objects that answer back when they are looked at.
//
// A recipe makes a value afresh for each call, and says what it is: the value itself might not bear to be printed.
import { inspect } from 'node:util';
import fc from 'fast-check';

/** What the values below throw themselves: a caller's own errors pass through unchanged. */
const own = new WeakSet();
export const isOwn = (error) => own.has(error) || /a proxy that has been revoked/.test(error?.message);

export function ownError() {
  const error = new Error('on purpose');
  own.add(error);
  return error;
}
function thrower() {
  const error = ownError();
  return () => {
    throw error;
  };
}

export function recipe(label, make, { hostile = false } = {}) {
  return { make, hostile, [fc.toStringMethod]: () => label };
}

const TRAPS = ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'apply', 'construct'];
function allTraps(target) {
  return new Proxy(target, Object.fromEntries(TRAPS.map((trap) => [trap, thrower()])));
}
function revoked(target) {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

const HOSTILE = {
  'a proxy that throws': () => allTraps({}),
  'a function proxy that throws': () => allTraps(() => {}),
  'a revoked proxy': () => revoked({}),
  'a revoked array': () => revoked([]),
  'a revoked function': () => revoked(() => {}),
  'throws as a string': () => ({ toString: thrower(), valueOf: thrower(), [Symbol.toPrimitive]: thrower() }),
  'throws when inspected': () => ({ [inspect.custom]: thrower() }),
  'a list that throws when inspected': () => Object.assign([], { [inspect.custom]: thrower() }),
  'throws when asked for its kind': () => Object.defineProperty({}, Symbol.toStringTag, { get: thrower() }),
  'throws when asked for its class': () => Object.defineProperty({}, 'constructor', { get: thrower() }),
  'has a class named by a symbol': () => ({ constructor: { name: Symbol('name') } }),
  'a function named by a symbol': () => Object.defineProperty(() => {}, 'name', { value: Symbol('name') }),
  'a function whose name throws': () => Object.defineProperty(() => {}, 'name', { get: thrower() }),
  'iterates by throwing': () => ({ [Symbol.iterator]: thrower() }),
  'throws at its first item': () => ({ [Symbol.iterator]: () => ({ next: thrower() }) }),
  'has an iterator that is none': () => ({ [Symbol.iterator]: 5 }),
  'looks like a signal': () => ({ aborted: false }),
  'a signal without its insides': () => Object.create(AbortSignal.prototype),
  'a signal that cannot be listened to': () =>
    Object.assign(new AbortController().signal, { addEventListener: thrower(), removeEventListener: thrower() }),
};

// Not 1/: what is taken for a path must stay where the test put it.
const harmless = fc.string().map((text) => text.replaceAll('/', '_'));
const numbers = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(NaN, -0, Infinity, -Infinity, -1, 0.5, 2 ** 31, 2 ** 31 - 1, -(2 ** 31), 2 ** 32, 2 ** 53, 1e300),
);
const options = { withBigInt: true, withBoxedValues: true, withDate: true, withMap: true, withSet: true };
const anything = fc.anything({
  ...options,
  values: [harmless, numbers, fc.boolean(), fc.constantFrom(null, undefined)],
  key: harmless,
  withNullPrototype: true,
  withTypedArray: true,
  withSparseArray: true,
  maxDepth: 2,
  maxKeys: 3,
});

const plain = fc
  .oneof(
    anything,
    numbers,
    fc.constantFrom(
      ...[Symbol('symbol'), 5n, '', 'a\0b', '\ud800', 'x'.repeat(100_000), [undefined], new Array(3)],
      ...[() => {}, async () => {}, function* generator() {}, class Named {}, process, globalThis, Buffer.alloc(3)],
    ),
  )
  .map((value) => recipe(describe(value), () => value));

const hostile = fc
  .constantFrom(...Object.entries(HOSTILE))
  .map(([label, make]) => recipe(`<${label}>`, make, { hostile: true }));

/** A recipe for any value at all. */
export const arbitrary = fc.oneof({ weight: 2, arbitrary: plain }, { weight: 1, arbitrary: hostile });

/** An object with a property that throws when it is read. */
export function throwing(names) {
  return fc.constantFrom(...names).map((name) =>
    recipe(
      `{ get ${name}() { throws } }`,
      () => Object.defineProperty({}, name, { get: thrower(), enumerable: true }),
      {
        hostile: true,
      },
    ),
  );
}

/** `good` when it is looked at for the first time, and `bad` from then on: what was checked must be what is used. */
export function flipping(object, name, good, bad) {
  let looks = 0;
  return Object.defineProperty(object, name, {
    get: () => (looks++ === 0 ? good : bad),
    enumerable: true,
    configurable: true,
  });
}

export function describe(value) {
  return inspect(value, { depth: 3, breakLength: Infinity }).slice(0, 200);
}

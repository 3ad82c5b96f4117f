// What if the program has changed what is built in: deleted Array.prototype[Symbol.iterator], put a function of its own into
// Promise.prototype.then or Function.prototype.call? The package's own code, and what it calls of Node's, then runs with the
// built-ins as they were when the package was loaded, and without what was added to Object.prototype: `timeout` would be an option of
// the Resolver that Node makes for dns.setServers(). The program's code does not, but for what is asked of the objects that it passes: their
// getters, the iterator of `keep`.
const { defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;

interface BuiltIn {
  of: Record<PropertyKey, unknown>;
  key: PropertyKey;
  descriptor: PropertyDescriptor;
}

/** What the program has changed. @internal */
export type Changed = readonly {
  of: Record<PropertyKey, unknown>;
  key: PropertyKey;
  /** None: of what the program has added. */
  descriptor: PropertyDescriptor | undefined;
  now: PropertyDescriptor | undefined;
}[];

const CONSTRUCTORS = [
  ...[Array, Error, Function, Map, Number, Object, Promise, RangeError, RegExp, Set, String, Symbol, TypeError],
  ...[WeakMap, WeakSet],
] as unknown as Record<PropertyKey, unknown>[];
const PLACES = [
  ...CONSTRUCTORS,
  ...CONSTRUCTORS.map(({ prototype }) => prototype),
  ...[[], new Map(), new Set()].map((each) => getPrototypeOf(each[Symbol.iterator]())),
  JSON,
  Reflect,
] as Record<PropertyKey, unknown>[];

const builtIns: BuiltIn[] = [];
function add(of: Record<PropertyKey, unknown>, keys: readonly PropertyKey[]): void {
  for (const key of keys) {
    const descriptor = getOwnPropertyDescriptor(of, key);
    if (typeof descriptor?.value === 'function' && descriptor.configurable === true && key !== 'constructor')
      builtIns.push({ of, key, descriptor });
  }
}
for (const place of PLACES) add(place, ownKeys(place));
add(
  globalThis,
  CONSTRUCTORS.map(({ name }) => name as string),
);

// What all objects have. More is the program's, and would be an option of whatever Node's functions are called with.
const OBJECT = Object.prototype as unknown as Record<PropertyKey, unknown>;
const OF_OBJECT: Readonly<Record<PropertyKey, true>> = Object.assign(Object.create(null) as Record<string, true>, {
  ...{ constructor: true, hasOwnProperty: true, isPrototypeOf: true, propertyIsEnumerable: true, toLocaleString: true },
  ...{ toString: true, valueOf: true, ['__proto__']: true, __defineGetter__: true, __defineSetter__: true },
  ...{ __lookupGetter__: true, __lookupSetter__: true },
});

// A registered symbol that is not Node's is nobody's option, and stays: to delete one makes V8 forget what it knows of all objects. (Jest has
// one there.)
const keyFor = Symbol.keyFor.bind(Symbol);
const OF_NODE = 'nodejs.';
function isForeign(key: PropertyKey): boolean {
  const name = typeof key === 'symbol' ? keyFor(key) : undefined;
  if (name === undefined) return false;
  for (let i = 0; i < OF_NODE.length; i++) if (name[i] !== OF_NODE[i]) return true;
  return false;
}

const NOTHING: Changed = [];

/** A few microseconds. @internal */
export function findChanged(): Changed {
  let changed = NOTHING as Changed[number][];
  for (let i = 0; i < builtIns.length; i++) {
    const { of, key, descriptor } = builtIns[i] as BuiltIn;
    if (isStill(of, key, descriptor.value)) continue;
    if (changed === NOTHING) changed = [];
    changed[changed.length] = { of, key, descriptor, now: getOwnPropertyDescriptor(of, key) };
  }
  const ofObject = ownKeys(OBJECT);
  for (let i = 0; i < ofObject.length; i++) {
    const key = ofObject[i] as PropertyKey;
    if (key in OF_OBJECT || isForeign(key)) continue;
    const now = getOwnPropertyDescriptor(OBJECT, key);
    if (now?.configurable !== true) continue;
    if (changed === NOTHING) changed = [];
    changed[changed.length] = { of: OBJECT, key, descriptor: undefined, now };
  }
  return changed;
}

function isStill(of: Record<PropertyKey, unknown>, key: PropertyKey, value: unknown): boolean {
  try {
    return of[key] === value;
  } catch {
    return false; // a getter of the program's
  }
}

/** Runs `work`, which must not call the program's functions, with the built-ins as they were. (What is frozen stays as it is.) @internal */
export function withBuiltIns<T>(changed: Changed, work: () => T): T;
export function withBuiltIns<T, A>(changed: Changed, work: (subject: A) => T, subject: A): T;
export function withBuiltIns<T>(changed: Changed, work: (subject: unknown) => T, subject?: unknown): T {
  if (changed.length === 0) return work(subject);
  for (let i = 0; i < changed.length; i++) {
    const { of, key, descriptor } = changed[i] as Changed[number];
    if (descriptor) defineProperty(of, key, descriptor);
    else deleteProperty(of, key);
  }
  try {
    return work(subject);
  } finally {
    for (let i = 0; i < changed.length; i++) {
      const { of, key, now } = changed[i] as Changed[number];
      if (now) defineProperty(of, key, now);
      else deleteProperty(of, key);
    }
  }
}

// Would a part of this value come back as {}? A clone takes an object's properties, and a URL, a Response or a Blob has none:
// what it is about is private to its class.
import net from 'node:net';
import util, { types } from 'node:util';
import { onlyInRunners } from '../child/rehearsal.js';

// An object with no more properties than this, those of its parts included, is looked at each time that it is met, and not
// remembered: a Set of all objects would cost as much as the clone. Measured with a million small objects.
const FEW = 16;
const SET_SIZE = 2 ** 24 - 1; // entries, as many as V8 allows

type Kind = 'object' | 'map' | 'set' | 'error' | 'leaf' | { private: string };

/**
 * The name of the class of such a part; undefined: there is none. Looks at what `v8.serialize` has been through without error,
 * so at no proxy. A getter is called once more than by V8, since to look at descriptors costs as much as the clone; the clone is
 * made by then, and what the getter throws now is nobody's.
 *
 * @param size - of the clone, in bytes. @internal
 */
export function privatePart(value: unknown, size: number): string | undefined {
  return isObject(value) ? new Walk(size).from(value) : undefined;
}

/** The name of its class, if it is such an object itself. @internal */
export function privateClass(value: unknown): string | undefined {
  const kind =
    isObject(value) && !types.isProxy(value) ? classify(value, Object.getPrototypeOf(value) as object | null) : 'leaf';
  return typeof kind === 'object' ? kind.private : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

class Walk {
  readonly #size: number;
  readonly #seen = [new Set<object>()];
  readonly #pending: object[] = [];
  readonly #kinds = new Map<object | null, Kind>([[null, 'object']]);
  #budget = 0;
  #found: string | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  from(value: object): string | undefined {
    this.#meet(value);
    for (let object = this.#pending.pop(); object && this.#found === undefined; object = this.#pending.pop()) {
      if (this.#isFirst(object)) this.#attempt(object, this.#meetParts);
    }
    return this.#found;
  }

  #meet(part: object): void {
    this.#budget = FEW;
    if (this.#attempt(part, this.#isDone) === false) this.#pending.push(part);
  }

  // A getter, or what it gave, may throw now: V8 was content with it.
  #attempt<T>(object: object, look: (object: object) => T): T | undefined {
    try {
      return look.call(this, object);
    } catch {
      return undefined;
    }
  }

  // False: there is more of it than the budget allows.
  #isDone(object: object): boolean {
    const kind = this.#kindOf(object);
    if (kind === 'leaf') return true;
    if (kind === 'object')
      return this.#isArray(object) ? this.#areElementsDone(object) : this.#arePropertiesDone(object);
    if (typeof kind === 'object') this.#found ??= kind.private;
    return typeof kind === 'object';
  }

  #areElementsDone(array: unknown[]): boolean {
    const { length } = array;
    if (length > this.#budget) return false;
    for (let i = 0; i < length; i++) {
      const part = array[i];
      if (--this.#budget < 0 || (isObject(part) && !this.#isDone(part))) return false;
    }
    return true;
  }

  #arePropertiesDone(object: object): boolean {
    for (const part of Object.values(object)) {
      if (--this.#budget < 0 || (isObject(part) && !this.#isDone(part))) return false;
    }
    return true;
  }

  #meetParts(object: object): void {
    const meet = (part: unknown): void => {
      if (isObject(part)) this.#meet(part);
    };
    const kind = this.#kindOf(object);
    if (kind === 'set') Set.prototype.forEach.call(object, meet);
    else if (kind === 'error') meet(Object.getOwnPropertyDescriptor(object, 'cause')?.value);
    else if (kind === 'map') {
      Map.prototype.forEach.call(object, (part, key) => {
        meet(part);
        meet(key);
      });
    } else if (this.#isArray(object)) {
      for (let i = 0, { length } = object; i < length; i++) {
        const part = object[i];
        if (typeof part === 'object') meet(part);
      }
    } else {
      Object.values(object).forEach(meet);
    }
  }

  // One that is longer than its clone has hardly any elements: they are looked at as properties. An array rarely has other
  // properties than its elements, and those cannot be listed without these.
  #isArray(object: object): object is unknown[] {
    return Array.isArray(object) && object.length <= this.#size;
  }

  #isFirst(object: object): boolean {
    if (this.#seen.some((set) => set.has(object))) return false;
    if ((this.#seen[0] as Set<object>).size === SET_SIZE) this.#seen.unshift(new Set());
    (this.#seen[0] as Set<object>).add(object);
    return true;
  }

  #kindOf(object: object): Kind {
    const proto = Object.getPrototypeOf(object) as object | null;
    if (proto === Object.prototype || proto === Array.prototype) return 'object';
    let kind = this.#kinds.get(proto);
    if (kind === undefined) this.#kinds.set(proto, (kind = classify(object, proto)));
    return kind;
  }
}

function classify(object: object, proto: object | null): Kind {
  if (types.isMap(object)) return 'map';
  if (types.isSet(object)) return 'set';
  if (types.isNativeError(object)) return 'error';
  const cloned = [
    types.isArrayBufferView,
    types.isAnyArrayBuffer,
    types.isDate,
    types.isRegExp,
    types.isBoxedPrimitive,
  ];
  if (cloned.some((is) => is(object))) return 'leaf';
  for (; proto !== null && !types.isProxy(proto); proto = Object.getPrototypeOf(proto) as object | null) {
    const constructor: unknown = Object.getOwnPropertyDescriptor(proto, 'constructor')?.value;
    if (typeof constructor === 'function' && isOfNode(constructor)) return { private: constructor.name };
  }
  return 'object';
}

// A global that can be enumerated was made by the program; one in native code is JavaScript's own, and V8 knows what to do.
function isOfNode(constructor: object): boolean {
  const name = String(Object.getOwnPropertyDescriptor(constructor, 'name')?.value);
  const has = (namespace: unknown): boolean => isObject(namespace) && Reflect.get(namespace, name) === constructor;
  const { WebAssembly } = globalThis as { WebAssembly?: object }; // not with --jitless
  if ([WebAssembly, net, util].some(has)) return true;
  const { enumerable } = Object.getOwnPropertyDescriptor(globalThis, name) ?? { enumerable: true };
  if (enumerable === true || !has(globalThis)) return false;
  return !Function.prototype.toString.call(constructor).includes('[native code]');
}

onlyInRunners(privatePart, isObject);

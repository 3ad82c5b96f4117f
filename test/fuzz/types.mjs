// What is a right argument? Said a second time, independently of lib/sys/validate.ts: as recipes for right values, and as the
// question whether some value is one.
import { constants } from 'node:os';
import fc from 'fast-check';
import { arbitrary, describe, flipping, recipe, throwing } from './values.mjs';

const values = (...list) => fc.constantFrom(...list).map((value) => recipe(describe(value), () => value));

export function int(min, max) {
  return {
    good: fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max)).map((n) => recipe(String(n), () => n)),
    accepts: (value) => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max,
  };
}

export const bool = { good: values(true, false), accepts: (value) => value === true || value === false };

export function oneOf(...list) {
  return { good: values(...list), accepts: (value) => list.some((each) => each === value) };
}

/** Where null is as good as nothing. */
export const orNull = (type) => either(type, oneOf(null));

/** Either of them. */
export function either(...types) {
  return {
    good: fc.oneof(...types.map(({ good }) => good)),
    accepts: (value) => types.some(({ accepts }) => accepts(value)),
    properties: types.find(({ properties }) => properties)?.properties,
  };
}

const realtime = Array.from({ length: 31 }, (_, i) => `SIGRTMIN+${i}`);
const names = [...Object.keys(constants.signals), ...realtime];
export const signal = either(int(0, 64), {
  ...oneOf(...names, 'sigterm'),
  accepts: (value) => typeof value === 'string' && names.includes(value.toUpperCase()),
});

export const abortSignal = {
  good: fc.oneof(
    fc.constant(recipe('a signal', () => new AbortController().signal)),
    fc.constant(recipe('an aborted signal', () => AbortSignal.abort())),
  ),
  accepts: (value) => value instanceof AbortSignal,
};

const withoutNul = (value) => typeof value === 'string' && !value.includes('\0');
export const string = { good: values('', 'a', 'ä b=c', '\ud800', 'long'.repeat(1000)), accepts: withoutNul };
export const path = {
  good: values('file', '.', '/dev/null', '/nonexistent/file', 'x'.repeat(5000)),
  accepts: (value) => withoutNul(value) && value !== '',
};

const isBytes = (value) => value instanceof Uint8Array && !value.includes(0);
const bytes = values(Buffer.from('\xff', 'latin1'), new Uint8Array([0x80]));
export const text = { good: fc.oneof(string.good, bytes), accepts: (value) => withoutNul(value) || isBytes(value) };
const isFileUrl = (value) => value instanceof URL && value.protocol === 'file:' && !value.pathname.includes('%');
/** A path as node:fs takes it. */
export const anyPath = {
  good: fc.oneof(path.good, bytes, values(new URL('file:///nonexistent/file'))),
  accepts: (value) => path.accepts(value) || (isBytes(value) && value.length > 0) || isFileUrl(value),
};

/** For which child_process takes what is empty or null, too. */
export const directory = {
  good: fc.oneof(anyPath.good, values('', null)),
  accepts: (value) => anyPath.accepts(value) || value === '' || value === null || isBytes(value),
};

export const strings = {
  good: fc.oneof(
    values([], ['a'], ['', 'ä', 'c'.repeat(10_000)], [new Uint8Array([0xfe])]),
    fc.constantFrom(
      recipe('[what is a string only once]', () => flipping(['a'], 0, 'a', 5), { hostile: true }),
      recipe(
        '[with an iterator of its own]',
        () => Object.assign(['a'], { [Symbol.iterator]: () => [5, {}].values() }),
        {
          hostile: true,
        },
      ),
    ),
  ),
  accepts: (value) => Array.isArray(value) && Array.from(value).every(text.accepts),
};

export const environment = {
  good: fc.oneof(
    values(
      {},
      { A: '1', B: undefined, C: new Uint8Array([0xff]) },
      { PATH: '/bin:/usr/bin', N: 1, B: 2n, T: true, NULL: null },
      Object.assign(Object.create(null), { C: '' }),
    ),
    fc.constant(
      recipe('{ PATH: what is a string only once }', () => flipping({}, 'PATH', '/bin', Symbol('path')), {
        hostile: true,
      }),
    ),
  ),
  accepts: (value) =>
    isObject(value) &&
    inherited(value).every(
      ([name, content]) =>
        content === undefined ||
        (name !== '' && withoutNul(name) && !name.includes('=') && (text.accepts(content) || isPlain(content))),
    ),
};

const isPlain = (value) => value === null || ['number', 'bigint', 'boolean'].includes(typeof value);

function inherited(object) {
  const all = [];
  for (const name in object) all.push([name, object[name]]);
  return all;
}

export const func = {
  good: values(
    () => 1,
    async () => 2,
  ),
  accepts: (value) => typeof value === 'function',
};

export function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** An object with these properties, each of which may be missing, and no others. */
export function object(properties) {
  const names = Object.keys(properties);
  const parts = fc.record(
    Object.fromEntries(
      names.map((name) => [name, fc.oneof({ weight: 5, arbitrary: properties[name].good }, arbitrary)]),
    ),
    { requiredKeys: [] },
  );
  const made = parts.map((parts) => {
    const label = Object.entries(parts).map(([name, part]) => `${name}: ${part[fc.toStringMethod]()}`);
    const make = () => Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.make()]));
    return recipe(`{ ${label.join(', ')} }`, make, { hostile: Object.values(parts).some(({ hostile }) => hostile) });
  });
  return {
    names,
    properties,
    good: names.length === 0 ? made : fc.oneof({ weight: 8, arbitrary: made }, throwing(names)),
    accepts: (value) =>
      isObject(value) &&
      Object.keys(value).every(
        (name) => value[name] === undefined || (names.includes(name) && properties[name].accepts(value[name])),
      ),
  };
}

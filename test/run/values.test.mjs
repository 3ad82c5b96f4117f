// Does each value that goes with many others arrive as it was when it was added, whatever is done to it later?
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toMessage, fromMessage } from '../../dist/run/message.js';
import { decodeNumbers, encodeNumbers, isNumbers } from '../../dist/run/numbers.js';
import { numbersIn } from '../../dist/run/pool-child.js';
import { Places } from '../../dist/run/pool-places.js';
import { decodePlain, encodePlain } from '../../dist/run/plain.js';
import { readValues, ValueWriter } from '../../dist/run/values.js';

const RUNS = process.env.POSIX_FORK_FULL ? 3000 : 200;
const throughMessage = (values) => {
  const read = [];
  const parts = toMessage(values).map((part) => Buffer.from(part.slice().buffer));
  readValues(fromMessage(parts), fromMessage, read);
  return read;
};
const sent = (values) => {
  const writer = new ValueWriter();
  for (const value of values) writer.add(value, toMessage);
  return throughMessage(writer.take());
};

const primitive = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.boolean(),
  fc.bigInt(),
  fc.constantFrom(null, undefined, -0),
);
const special = fc.oneof(
  fc.date({ noInvalidDate: true }), // two of those are not equal for assert of Node.js 20 and 22
  fc.uint8Array(),
  fc.integer({ min: 60_000, max: 70_000 }).map((size) => Buffer.alloc(size, 1)),
  primitive.map((value) => new Map([[value, [value]]])),
  primitive.map((value) => new Set([value])),
  primitive.map((value) => ({ get own() { return [value]; } })), // prettier-ignore
  fc.array(fc.integer(), { minLength: 60, maxLength: 70 }),
  fc.constantFrom(Object(1), Object('a'), /a/g, Object.assign([1, 2], { more: { a: 1 } }), new Array(3), 'ab'.match(/(?<a>a)/)), // prettier-ignore
);
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    primitive,
    special,
    fc.array(tie('value')),
    fc.dictionary(fc.string(), tie('value')),
  ),
})).value;

describe('ValueWriter', () => {
  it('gives back what a structured clone of each value alone would be', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), (values) => {
        assert.deepEqual(
          sent(values),
          values.map((each) => fromMessage(toMessage(each).map((part) => Buffer.from(part.slice().buffer)))),
        );
      }),
      { numRuns: RUNS },
    );
  });

  it('takes each value as it is now: shared parts that are changed between two are not', () => {
    const steps = fc.array(fc.record({ use: fc.nat(3), inside: fc.nat(3), how: fc.nat(5) }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (list) => {
        const parts = Array.from({ length: 4 }, (_, id) => ({ id, changed: 0 }));
        const ways = [
          (a) => a,
          (a, b) => ({ a, b }),
          (a, b) => [a, [b]],
          (a) => ({ get a() { return a; } }), // prettier-ignore
          (a, b) => Object.assign([1], { a, b }),
          (a) => {
            let looked = 0;
            return { get a() { return looked++ ? a : {}; } }; // prettier-ignore
          },
        ];
        const writer = new ValueWriter();
        const expected = list.map(({ use, inside, how }) => {
          const made = ways[how](parts[use], parts[inside]);
          writer.add(made, toMessage);
          const now = structuredClone(made); // when a getter has been looked at already
          parts[use].changed++;
          return now;
        });
        assert.deepEqual(throughMessage(writer.take()), expected);
      }),
      { numRuns: RUNS },
    );
  });

  it('shares nothing between two values that were one', () => {
    const one = { deep: { n: 1 } };
    const [a, b, c] = sent([one, one, { other: one.deep }]);
    a.deep.n = 2;
    assert.deepEqual([b, c], [{ deep: { n: 1 } }, { other: { n: 1 } }]);
  });

  it('adds nothing of a value that cannot be cloned', () => {
    const writer = new ValueWriter();
    const bad = [() => {}, Symbol('a'), { a: { b: () => {} } }, new Proxy({}, {}), { a: [new Proxy([], {})] }];
    bad.forEach((each, i) => {
      writer.add(i, toMessage);
      writer.add({ i }, toMessage);
      assert.throws(() => writer.add(each, toMessage));
    });
    assert.deepEqual(
      throughMessage(writer.take()),
      bad.flatMap((_, i) => [i, { i }]),
    );
  });

  it('says of a simple object what the encoder says, which knows the part', () => {
    const bad = (function () {
      return arguments;
    })();
    const encode = () => {
      throw new TypeError('the part');
    };
    assert.throws(() => new ValueWriter().add({ bad }, encode), { message: 'the part' });
  });

  it('is full when there is enough for a message', () => {
    for (const each of [1, 'x'.repeat(1000), { text: 'x'.repeat(1000) }, Buffer.alloc(1000), Array(1000).fill('x')]) {
      const writer = new ValueWriter();
      while (!writer.full) writer.add(each, toMessage);
      const { count, stream } = writer.take();
      assert.ok(count <= 8192 && stream.length < 200_000, `${count}, ${stream.length}`);
      assert.equal(writer.full, false);
    }
  });
});

describe('encodePlain', () => {
  const text = fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 600 }); // halves of pairs, too
  const plain = fc.oneof(fc.double(), fc.integer(), text, fc.boolean(), fc.constantFrom(null, undefined, -0));

  it('gives back primitives as they are, or says that they are something else', () => {
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 130 }), (values) => {
        const bytes = encodePlain(values);
        const size = values.reduce((sum, each) => sum + (typeof each === 'string' ? 3 + 2 * each.length : 9), 1);
        if (!bytes) assert.ok(size > 1000, String(size));
        else assert.deepEqual(decodePlain(Buffer.from(bytes)), values);
      }),
      { numRuns: RUNS },
    );
    for (const other of [{}, [], () => {}, Symbol('a'), 1n, Object(1)])
      assert.equal(encodePlain([1, other]), undefined);
    assert.equal(decodePlain(Buffer.from(toMessage([1]).at(-1))), undefined);
  });
});

describe('numbers on their way', () => {
  it('are what they were, also in a message, and as a copy', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (numbers) => {
        const bytes = encodeNumbers(numbers);
        assert.deepEqual([...decodeNumbers(Buffer.from(bytes))], numbers);
        assert.deepEqual([...numbersIn(fromMessage(toMessage(bytes).map((part) => Buffer.from(part))))], numbers);
        const decoded = decodeNumbers(bytes);
        bytes.fill(0);
        assert.deepEqual([...decoded], numbers);
      }),
      { numRuns: RUNS },
    );
  });

  it('are taken for nothing else', () => {
    const large = new Uint8Array(100_000).fill(2); // as the first byte of numbers
    assert.equal(isNumbers(toMessage(large)), false);
    for (const value of [2, '\u0002', large, [large], new Uint8Array([2, 2])]) {
      assert.equal(isNumbers(toMessage(value)), false);
      assert.equal(isNumbers([encodePlain([value]) ?? new Uint8Array(1)]), false);
    }
    assert.equal(isNumbers([encodeNumbers([1])]), true);
  });
});

describe('the places of tasks', () => {
  const large = (n) => [encodeNumbers(new Array(8192).fill(n))];
  const first = (places, index) => decodeNumbers(places.read(index))?.[0];

  it('give none a room that another one has, for its items or for results that nobody has taken', () => {
    const places = new Places();
    for (let index = 0; index < 8; index++) assert.equal(places.put(index, large(index), 0, 8192), true);
    assert.equal(places.put(8, large(8), 0, 8192), false);
    assert.equal(places.read(8), undefined);
    assert.equal(places.put(9, [new Uint8Array(1024)], 0, 1), true); // small
    for (let index = 0; index < 8; index++) {
      assert.equal(first(places, index), index);
      assert.equal(places.done(index, large(index + 100), 1, false), true);
    }
    assert.equal(places.done(8, large(108), 1, false), false); // task 0's are there
    assert.equal(first(places, 0), 100);
    places.taken(2);
    assert.equal(places.done(9, large(109), 1, false), true);
    assert.equal(first(places, 9), 109);
    assert.equal(places.put(10, large(10), 0, 8192), false);
    assert.equal(first(places, 2), 102);
    assert.equal(places.put(11, [new Uint8Array(70_000)], 0, 1), false); // too large for any
  });
});

describe('fromMessage', () => {
  it('refuses a large view that was gone before it was sent: what is there is not its memory', () => {
    const bytes = new Uint8Array(100_000);
    const parts = toMessage({
      bytes,
      get gone() {
        return structuredClone(1, { transfer: [bytes.buffer] });
      },
    });
    assert.throws(() => fromMessage(parts.map((part) => Buffer.from(part))), /transferred before it was sent/);
  });
});

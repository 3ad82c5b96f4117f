// What do V8's flags of the template do in a child?
const v8 = require('node:v8');
const vm = require('node:vm');

const used = () => v8.getHeapStatistics().used_heap_size;

test('its whole heap is collected in one piece', () => {
  const profiler = new v8.GCProfiler();
  profiler.start();
  const start = used();
  const kept = [];
  for (let i = 0; i < 10_000 && used() < 6 * start; i++) kept.push(Array.from({ length: 1000 }, (_, k) => ({ i, k })));
  const types = profiler.stop().statistics.map(({ gcType }) => gcType);
  expect(types).toContain('MarkSweepCompact');
  expect(types).not.toContain('IncrementalMarking');
});

test('what is compiled stays', () => {
  v8.setFlagsFromString('--expose-gc');
  v8.setFlagsFromString('--stress-flush-code'); // what may go goes at once
  const gc = vm.runInNewContext('gc');
  const functions = Array.from({ length: 300 }, (_, i) => `function (a) { return [a, a + ${i}]; }`);
  const script = new vm.Script(`[${functions.join()}]`);
  for (const compiled of script.runInThisContext()) compiled(1);
  const { length } = script.createCachedData();
  for (let i = 0; i < 3; i++) gc();
  expect(script.createCachedData().length).toBe(length);
});

// From V8 12 on there is no such flag.
const old = Number.parseInt(process.versions.v8, 10) < 12;
(old ? test : test.skip)('a function runs thirty times as long before it is optimized', () => {
  v8.setFlagsFromString('--allow-natives-syntax');
  const isOptimized = new Function('f', 'return (%GetOptimizationStatus(f) & 0b111_0001_0000) !== 0'); // or is to be
  const work = (n) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum = (sum * 31 + i) | 0;
    return sum;
  };
  let calls = 0;
  for (; calls < 2000 && !isOptimized(work); calls++) work(100);
  expect(calls).toBeGreaterThan(300); // 22 by default
});

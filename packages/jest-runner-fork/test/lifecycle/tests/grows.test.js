const { PerformanceObserver, constants } = require('node:perf_hooks');
const v8 = require('node:v8');

const used = () => v8.getHeapStatistics().used_heap_size;
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('doubles its heap without a collection of the whole', async () => {
  const kinds = [];
  new PerformanceObserver((list) => kinds.push(...list.getEntries().map(({ detail }) => detail.kind))).observe({
    entryTypes: ['gc'],
  });
  const kept = [];
  for (const end = 2 * used(); used() < end; await turn()) for (let i = 0; i < 1e4; i++) kept.push({ i });
  for (let i = 0; i < 10; i++) await turn();
  expect(kinds).toContain(constants.NODE_PERFORMANCE_GC_MINOR);
  expect(kinds).not.toContain(constants.NODE_PERFORMANCE_GC_MAJOR);
  expect(kinds).not.toContain(constants.NODE_PERFORMANCE_GC_INCREMENTAL);
});

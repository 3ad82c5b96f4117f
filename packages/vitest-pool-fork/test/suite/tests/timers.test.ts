import { afterEach, beforeEach, expect, it, vi } from 'vitest';

beforeEach(
  () =>
    void vi.useFakeTimers({
      now: new Date(2020, 0, 1),
      toFake: ['setTimeout', 'Date', 'setImmediate', 'queueMicrotask', 'performance'],
    }),
);
afterEach(() => void vi.useRealTimers());

it('has a clock of its own', () => {
  const called = vi.fn();
  setTimeout(called, 3_600_000);
  vi.advanceTimersByTime(3_600_000);
  expect(called).toHaveBeenCalledTimes(1);
  expect(new Date().getFullYear()).toBe(2020);
});
it('prints while time stands still', () => console.log('printed beside a clock that stands'));

beforeEach(() => void jest.useFakeTimers({ now: new Date(2020, 0, 1) }));
afterEach(() => void jest.useRealTimers());

it('has a clock of its own', () => {
  const called = jest.fn();
  setTimeout(called, 3_600_000);
  jest.advanceTimersByTime(3_600_000);
  expect(called).toHaveBeenCalledTimes(1);
  expect(new Date().getFullYear()).toBe(2020);
});

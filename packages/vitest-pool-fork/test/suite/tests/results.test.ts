import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { halfOfSum, sum } from '../src/sum';

beforeAll(() => void expect.extend({ toBeSeven: (n: unknown) => ({ pass: n === 7, message: () => `${n} is not 7` }) }));
describe('all that a result can be', () => {
  it('passes', () => expect(sum(1, 2)).toBe(3));
  it('fails with a difference', () => expect({ a: { b: 1 } }).toEqual({ a: { b: halfOfSum(2, 4) } }));
  it('throws', () => {
    throw new TypeError('thrown', { cause: new Error('its cause') });
  });
  it.skip('is skipped', () => {});
  it.todo('is to be done');
  it('takes too long', () => setTimeout(5000), 50);
  it.fails('is meant to fail', () => expect(1).toBe(2));
  it('is tried again', { retry: 2 }, ({ task }) => expect(task.result?.retryCount).toBe(2));
  it('has a matcher of its own', () => (expect(7) as unknown as { toBeSeven(): void }).toBeSeven());
  it.each([1, 2])('has a parameter: %i', (n) => expect(n).toBeGreaterThan(0));
  it.concurrent('runs beside another', () => setTimeout(20));
  it.concurrent('and is run beside', () => setTimeout(20));
});

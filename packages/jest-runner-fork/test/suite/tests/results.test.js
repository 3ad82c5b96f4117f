const { halfOfSum, sum } = require('../src/sum');

describe('all that a result can be', () => {
  it('passes', () => expect(sum(1, 2)).toBe(3));
  it('fails with a difference', () => expect({ a: { b: 1 } }).toEqual({ a: { b: halfOfSum(2, 4) } }));
  it('throws', () => {
    throw new TypeError('thrown', { cause: new Error('its cause') });
  });
  it.skip('is skipped', () => {});
  it.todo('is to be done');
  it('takes too long', () => new Promise(() => {}), 50);
  it.failing('is meant to fail', () => expect(1).toBe(2));
  it.each([1, 2])('has a parameter: %i', (n) => expect(n).toBeGreaterThan(0));
  it.concurrent('runs beside another', async () => {});
});

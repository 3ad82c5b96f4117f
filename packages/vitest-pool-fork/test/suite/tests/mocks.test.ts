import { readFileSync } from 'node:fs';
import plain from 'plain';
import { expect, it, vi } from 'vitest';
import { halfOfSum } from '../src/sum';

const { twice } = vi.hoisted(() => ({ twice: vi.fn((n: number) => n * 2) }));
vi.mock('../src/half', () => ({ half: twice }));
vi.mock('node:fs', async (original) => ({ ...(await original<object>()), readFileSync: () => 'mocked' }));
vi.mock('plain', () => ({ default: 'a mock' }));

it('mocks a module of the project', () => {
  expect(halfOfSum(1, 2)).toBe(6);
  expect(twice).toHaveBeenCalledWith(3);
});
it('mocks one of Node', () => expect(readFileSync('/nowhere', 'utf8')).toBe('mocked'));
it('mocks an installed package', async () => {
  expect(plain).toBe('a mock');
  expect((await vi.importActual<{ default: object }>('plain')).default).toEqual({ count: 0 });
});
it('mocks later, and imports anew', async () => {
  vi.resetModules();
  vi.doMock('../src/half', () => ({ half: () => -1 }));
  expect((await import('../src/sum')).halfOfSum(1, 1)).toBe(-1);
});
it('spies', () => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
  expect(Math.random()).toBe(0.5);
  random.mockRestore();
});
it('stubs', () => {
  vi.stubGlobal('stubbed', 1);
  vi.stubEnv('STUBBED', 'yes');
  expect([Reflect.get(globalThis, 'stubbed'), process.env.STUBBED]).toEqual([1, 'yes']);
});

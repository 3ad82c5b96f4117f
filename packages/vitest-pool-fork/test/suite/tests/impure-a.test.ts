import 'sets-things';
import 'starts-a-thread';
import { expect, it } from 'vitest';
import language from 'translates';
import 'translates/german.js';
import asked from 'asks';

it('sees what a package did to the world', () => {
  expect(Reflect.get(globalThis, 'setByAPackage')).toBe(1);
  expect('extra' in Array.prototype).toBe(true);
  expect(process.env.SET_BY_A_PACKAGE).toBe('1');
  expect(process.listenerCount('SIGUSR2')).toBe(1);
});
it('sees what a package did to another', () => expect(language.name).toBe('German'));
it('sees what a package found when it was imported', () => {
  expect(asked).toEqual({ global: 1, variable: '1', pid: process.pid, worker: process.env.VITEST_POOL_ID });
});
it('has a package whose import fails', async () => {
  await expect(import('throws')).rejects.toThrow('at import');
});

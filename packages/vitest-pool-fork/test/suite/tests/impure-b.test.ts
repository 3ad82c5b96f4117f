import { expect, it } from 'vitest';
import language from 'translates';
import asked from 'asks';

it('has the language that it was born with', () => expect(language.name).toBe('English'));
it('sees what a package found when it was imported', () => {
  expect(asked).toEqual({ global: 1, variable: '1', pid: process.pid, worker: process.env.VITEST_POOL_ID });
});

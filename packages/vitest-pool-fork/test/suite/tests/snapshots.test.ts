import { expect, it } from 'vitest';

it('has a snapshot in a file', () => expect({ a: [1, 2], b: new Map([[1, 'x']]) }).toMatchSnapshot());
it('has one inline', () =>
  expect({ a: 1 }).toMatchInlineSnapshot(`
  {
    "a": 1,
  }
`));
it('has one that is wrong', () => expect('this').toMatchInlineSnapshot(`"that"`));

import { expect, it } from 'vitest';
import { word } from '../word';

it('knows the word', () => expect(word).toMatchInlineSnapshot(`"one"`));
it('is alone', () => process.stdout.write(`forked from ${process.ppid}\n`));

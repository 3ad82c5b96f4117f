import { expect, it } from 'vitest';

it('has an environment of the project', () => expect(Reflect.get(globalThis, 'custom')).toBe('yes'));

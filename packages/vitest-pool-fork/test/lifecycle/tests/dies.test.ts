import { it } from 'vitest';

it('is well', () => {});
it('dies', () => new Promise(() => process.kill(process.pid, 'SIGSEGV')));

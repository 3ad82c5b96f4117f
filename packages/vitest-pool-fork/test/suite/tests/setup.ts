import { afterEach } from 'vitest';

Object.assign(globalThis, { setByASetupFile: 1 });
process.env.SET_BY_A_SETUP_FILE = '1';
afterEach(() => void Object.assign(globalThis, { setByASetupFile: 1 }));

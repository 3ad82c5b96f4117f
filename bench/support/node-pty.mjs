// Is node-pty here to be compared with? `npm install --no-save node-pty`, or anywhere in NODE_PATH.
import { createRequire } from 'node:module';

export const nodePty = (() => {
  try {
    return createRequire(import.meta.url)('node-pty');
  } catch {
    process.stderr.write('node-pty is not installed: its rows are missing\n');
    return undefined;
  }
})();

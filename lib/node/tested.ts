// Which versions of Node.js was this release tested with? For others it assumes the same internals, and checks some of them: see ./facts.ts, and lib/support/trial.ts.
import process from 'node:process';

/** Major and minor: `npm run test:matrix`, `npm run test:versions`. @internal */
export const TESTED = ['20.20', '22.23', '24.21', '26.10', '26.12'] as const;

/** Whether this one is among them. @internal */
export function isTested(): boolean {
  const [major = '', minor = ''] = process.version.slice(1).split('.');
  return (TESTED as readonly string[]).includes(`${major}.${minor}`);
}

// Does a child get what its parent was promised to keep? Where it does not, fork() says so, once.
import { findLost, findLostInBare } from '../node/facts.js';
import { findLeaks } from '../support/leaks.js';
import { withFields } from '../sys/errors.js';
import { warnLater } from './warnings.js';

const said = new Set<string>();
let found: string[] = [];

/** Parent, before the fork. @internal */
export function lookForLeaks(bare: boolean): void {
  found = (bare ? findLostInBare() : [...findLeaks(), ...findLost()]).filter((leak) => !said.has(leak));
}

/** Parent, after the fork. @internal */
export function warnOfLeaks(): void {
  for (const leak of found) {
    said.add(leak);
    const warning = new Error(
      `Children that are forked here are not as they should be: ${leak}. See posix.support().facts`,
    );
    warnLater(withFields(warning, { name: 'ForkLeakWarning', code: 'POSIX_FORK_LEAK' }));
  }
  found = [];
}

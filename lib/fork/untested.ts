// Is this a Node.js that nobody has tested a fork in? Then the first fork of a process is preceded by one that is tried.
import { isTested, TESTED } from '../node/tested.js';
import { codedError, withFields } from '../sys/errors.js';
import { unsupported } from '../sys/native.js';
import { type Trial, tryFork } from '../support/trial.js';
import { warnLater } from './warnings.js';

let trial: Trial | undefined; // a child has it with the heap

/**
 * Before anything has happened.
 *
 * @throws `ERR_FORK_UNSUPPORTED_RUNTIME` if the fork that was tried failed
 * @internal
 */
export function requireTestedOrTried(): void {
  if (isTested() || unsupported !== undefined || process.env.POSIX_FORK_TRIAL === 'skip') return;
  const first = trial === undefined;
  trial ??= tryFork();
  if (trial.ok) return;
  const untested = `posix-fork was tested with Node.js ${TESTED.join(', ')}, not with ${process.version}`;
  if (trial.tried)
    throw codedError(
      Error,
      'ERR_FORK_UNSUPPORTED_RUNTIME',
      `A forked child does not work in this runtime: ${untested}, and a fork that was tried failed: ${trial.error}. Nothing was forked`,
    );
  if (!first) return;
  const warning = new Error(`${untested}, and no fork could be tried: ${trial.error}`);
  warnLater(withFields(warning, { name: 'ForkUntestedWarning', code: 'POSIX_FORK_UNTESTED' }));
}

// Is this a Node.js that nobody has tested a fork in? Then a trial fork comes before the first fork of a process.
import process from 'node:process';
import { isTested, TESTED } from '../node/tested.js';
import { codedError, withFields } from '../sys/errors.js';
import { unsupported } from '../sys/native.js';
import { type Trial, tryFork } from '../support/trial.js';
import { warnLater } from './warnings.js';

let trial: Trial | undefined; // a child has it with the heap

/**
 * Before anything has happened.
 *
 * @throws `ERR_FORK_UNSUPPORTED_RUNTIME` if the trial fork failed
 * @internal
 */
export function requireTestedOrTried(): void {
  if (isTested() || unsupported !== undefined) return;
  const environment = process.env as NodeJS.ProcessEnv | undefined; // a program may have replaced it
  if (environment?.POSIX_FORK_TRIAL === 'skip') return;
  const first = trial === undefined;
  trial ??= tryFork();
  if (trial.ok) return;
  const untested = `posix-fork was tested with Node.js ${TESTED.join(', ')}, not with ${process.version}`;
  if (trial.tried)
    throw codedError(
      Error,
      'ERR_FORK_UNSUPPORTED_RUNTIME',
      `${untested}, and a trial fork failed: ${trial.error}. Nothing was forked`,
    );
  if (!first) return;
  const warning = new Error(`${untested}, and a trial fork could not be made: ${trial.error}`);
  warnLater(withFields(warning, { name: 'ForkUntestedWarning', code: 'POSIX_FORK_UNTESTED' }));
}

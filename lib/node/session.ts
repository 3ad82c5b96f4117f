// How does one ask the inspector of this thread?
import type { Session } from 'node:inspector';

/** @throws where node:inspector is not to be had @internal */
export function openSession(): Session {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- not every build has it
  const inspector = require('node:inspector') as typeof import('node:inspector');
  const session = new inspector.Session();
  session.connect();
  return session;
}

/**
 * Within one thread the answer comes before post() returns.
 *
 * @throws what the inspector answers, where that is an error @internal
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows the protocol
export function ask<T>(session: Session, method: string, params: object = {}): T {
  let answer: T | undefined;
  const failures: Error[] = [];
  session.post(method, params, (error: Error | null, result?: object) => {
    if (error) failures.push(error);
    answer = result as T;
  });
  if (failures[0]) throw failures[0];
  return answer as T;
}

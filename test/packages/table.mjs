// Which packages are tried, in which version, and what is known of each?
//
// A row:
//   name, version     as in the registry. A new version changes nothing here until somebody writes it down.
//   variant           which use of it, where there are two rows
//   verdict           one of VERDICTS; `npm run test:packages` fails where it finds another one
//   note              what else a reader must know; for docs/libraries.md
//   quick             whether CI tries it
//   with              other packages that it wants beside it
//   servers           those of servers.mjs that it connects to
//   node              the first major of Node.js that it wants, if it is not 20
//   warning           what must stand in the warning that fork() gives once it was used; without it, none may come
//   perNode           true if its addon is built for one version of Node.js
//   shared            true if what it inherits answers, and must not be used all the same; `note` says why
//   ways, questions   by which ways a child is made and ends, and what it is asked; without them all of trial.mjs
//   open(kit)         opens what its README shows. Gives { use, close, renew }: use() resolves with true; close() lets the process end;
//                     renew() opens a new one in an at-fork handler. kit is that of trial.mjs.
import { databases } from './rows/databases.mjs';
import { ids } from './rows/ids.mjs';
import { loggers } from './rows/loggers.mjs';
import { native } from './rows/native.mjs';
import { network } from './rows/network.mjs';
import { pools } from './rows/pools.mjs';
import { tools } from './rows/tools.mjs';

export const VERDICTS = {
  works: 'works',
  again: 'works, after one error',
  own: 'make its own',
  recipe: 'own pool by `registerAtFork`',
  never: 'do not use in a child',
};

export const rooms = {
  Databases: databases,
  Network: network,
  'Addons, and what has threads or processes of its own': native,
  'Pools of Workers': pools,
  'Logging and metrics': loggers,
  Ids: ids,
  'Tools and helpers': tools,
};

export const rows = Object.values(rooms).flat();

/** What a row is called: the package, and which use of it. */
export const titleOf = ({ name, variant }) => (variant ? `${name}, ${variant}` : name);

/** The verdict that follows from what trial.mjs has found. */
export function judge({ shared }, { inherited, own, recipe }) {
  const all = (question, test) => Object.values(question ?? {}).every(({ answers }) => test(answers));
  const isOk = (answer) => answer === 'ok';
  const owns = all(own, ([answer]) => isOk(answer));
  if (owns && shared) return 'own';
  if (owns && all(inherited, (answers) => answers.every(isOk))) return 'works';
  if (owns && all(inherited, ([, second]) => isOk(second))) return 'again';
  if (recipe && all(recipe, ([answer]) => isOk(answer))) return 'recipe';
  return owns ? 'own' : 'never';
}

/** Children that did not end as they should: with code 0, and soon. */
export function badEnds(children) {
  return Object.entries(children).flatMap(([question, ways]) =>
    Object.entries(ways)
      .filter(([, { answers, end }]) => end !== 0 && answers[0] !== 'blocked')
      .map(([way, { end, ms }]) => `${question}, ${way}: ${end}${ms === null ? '' : ` after ${ms} ms`}`),
  );
}

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
//   open(kit)         opens what its README shows. Gives { use, close, renew }: use() resolves with true; close() lets the process end;
//                     renew() opens a new one in an at-fork handler. kit is that of trial.mjs.
import { databases } from './rows/databases.mjs';
import { native } from './rows/native.mjs';
import { network } from './rows/network.mjs';
import { plain } from './rows/plain.mjs';

export const VERDICTS = {
  works: 'works',
  again: 'works, after one error',
  own: 'make its own',
  recipe: 'own pool by `registerAtFork`',
  never: 'do not use in a child',
};

export const rows = [...databases, ...network, ...native, ...plain];

/** What a row is called: the package, and which use of it. */
export const titleOf = ({ name, variant }) => (variant ? `${name}, ${variant}` : name);

/** The verdict that follows from what trial.mjs has found. */
export function judge({ shared }, { inherited, own, recipe }) {
  const all = (question, test) => Object.values(question ?? {}).every(({ answers }) => test(answers));
  const isOk = (answer) => answer === 'ok';
  if (!all(own, ([answer]) => isOk(answer))) return 'never';
  if (shared) return 'own';
  if (all(inherited, (answers) => answers.every(isOk))) return 'works';
  if (all(inherited, ([, second]) => isOk(second))) return 'again';
  if (recipe && all(recipe, ([answer]) => isOk(answer))) return 'recipe';
  return 'own';
}

/** Children that did not end as they should: with code 0, and soon. */
export function badEnds(children) {
  return Object.entries(children).flatMap(([question, ways]) =>
    Object.entries(ways)
      .filter(([, { answers, end }]) => end !== 0 && answers[0] !== 'blocked')
      .map(([way, { end, ms }]) => `${question}, ${way}: ${end}${ms === null ? '' : ` after ${ms} ms`}`),
  );
}

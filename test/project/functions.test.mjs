// Does each function that is exported have all that a function has here? A test, its types, its calls made to fail, a place on a page that is
// written by hand. (TSDoc: test/project/docs.test.mjs. Wrong arguments and options: test/fuzz/signatures.mjs.)
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import posix from 'posix-fork';

const root = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');
const read = (file) => readFileSync(path.join(root, file), 'utf8');
const all = (folder, pattern) =>
  readdirSync(path.join(root, folder), { recursive: true })
    .filter((file) => pattern.test(file))
    .map((file) => read(path.join(folder, file)))
    .join('\n');

const PLACES = {
  'a page of docs/': all('docs', /^(?!api)[\w-]+\.md$/),
  'a test': all('test', /^(?!fuzz|project|sys.faults|sys.fixtures.faults).*\.[cm]js$/),
  'its types in test/project/api.mts': read('test/project/api.mts'),
  'an operation in test/sys/fixtures/faults.mjs': read('test/sys/fixtures/faults.mjs'),
};

// They make no system call of their own: they calculate, remember, or are made of others, whose calls are made to fail.
const NO_CALLS = [
  ...['WIFEXITED', 'WIFSIGNALED', 'WIFSTOPPED', 'WIFCONTINUED', 'WEXITSTATUS', 'WTERMSIG', 'WSTOPSIG', 'WCOREDUMP'],
  ...['decodeStatus', 'registerAtFork', 'setThreadPolicy', 'ChildExitError', 'warmup', 'getpid', 'getppid'],
  ...['forkRun', 'forkMap', 'forkPool', 'forkServer', 'daemonize', 'useLargePages', 'atomicNotify'],
];

describe('each function that is exported', () => {
  for (const [place, text] of Object.entries(PLACES)) {
    it(`has ${place}`, () => {
      const names = Object.keys(posix).filter((name) => typeof posix[name] === 'function');
      assert.ok(names.length > 70);
      const asked = place.includes('faults') ? names.filter((name) => !NO_CALLS.includes(name)) : names;
      assert.deepEqual(
        asked.filter((name) => !new RegExp(`\\b${name}\\b`).test(text)),
        [],
      );
    });
  }
});

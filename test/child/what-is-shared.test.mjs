// Does a child leave alone what it shares with its parent, however it ends?
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { pathOf, report, runCommand, runFixture } from '../helpers/run.mjs';

const TERMINAL = fileURLToPath(new URL('../helpers/terminal.py', import.meta.url));
const CODES = { 'nothing left to do': 0, 'process.exit': 0, exception: 1, forkRun: 0 };
const [major] = process.versions.node.split('.').map(Number);

describe('what a child shares with its parent', () => {
  for (const [how, code] of Object.entries(CODES)) {
    it(`is left alone when it ends by ${how}: a transaction`, async function () {
      if (major < 22) this.skip(); // no node:sqlite
      const seen = report(await runFixture('child/what-is-shared.mjs', ['a transaction of node:sqlite', how]));
      assert.deepEqual(seen, { code, check: 'ok', n: 40_000 });
    });

    it(`is left alone when it ends by ${how}: the mode of a terminal`, async () => {
      const fixture = pathOf('child/what-is-shared.mjs');
      const { stdout } = await runCommand(['python3', TERMINAL, process.execPath, fixture, 'raw mode', how]);
      assert.deepEqual(JSON.parse(stdout.match(/\{.*\}/)[0]), { code, raw: true });
    });
  }

  it('is left alone when it ends in a program that has frozen `process`: the mode of a terminal', async () => {
    const fixture = pathOf('child/what-is-shared.mjs');
    const command = ['python3', TERMINAL, process.execPath, fixture, 'raw mode', 'nothing left to do', 'frozen'];
    const { stdout } = await runCommand(command);
    assert.deepEqual(JSON.parse(stdout.match(/\{.*\}/)[0]), { code: 0, raw: true });
  });

  it('is not finalized in it: what an immediate, a fork that waits, or who awaits one held', async () => {
    const outcome = await runFixture('child/what-is-shared.mjs', ['what the work of the parent held']);
    assert.deepEqual(report(outcome), { results: [0, 'object'], gone: [] });
  });

  for (const how of ['nothing left to do', 'forkRun']) {
    it(`is not finalized in it (${how}): a FileHandle, a temporary file`, async () => {
      const handle = 'a FileHandle in a suspended function';
      assert.deepEqual(report(await runFixture('child/what-is-shared.mjs', [handle, how])), { code: 0, read: true });
      const file = 'a temporary file that is removed with its object';
      assert.deepEqual(report(await runFixture('child/what-is-shared.mjs', [file, how])), { code: 0, there: true });
    });
  }
});

describe('forkRun', () => {
  it('runs the exit hooks of main, and none of the parent’s that are in a patched process.emit', async () => {
    for (const end of ['returns', 'exits']) {
      const { stderr } = await runFixture('child/what-is-shared.mjs', ['a patched process.emit', 'forkRun', end]);
      assert.equal(stderr, 'main’s hook\n', end);
    }
  });

  for (const library of ['by hand', 'signal-exit']) {
    it(`runs the exit hooks of main, and none of the parent’s that are in process.reallyExit (${library})`, async () => {
      for (const [end, code] of Object.entries({ returns: 0, exits: 3, 'really exits': 3 })) {
        const args = ['a patched process.reallyExit', 'forkRun', end, library];
        const { stderr, stdout } = await runFixture('child/what-is-shared.mjs', args);
        assert.deepEqual({ stderr, stdout }, { stderr: 'main’s hook\n', stdout: `${code}\n` }, end);
      }
    });
  }

  it('and fork() work in a program that has frozen `process`: exit listeners run, codes are told', async () => {
    const outcome = await runFixture('child/what-is-shared.mjs', ['a frozen process']);
    assert.deepEqual(report(outcome), { codes: [5, 6, 7, 0] });
    assert.equal(outcome.stderr, 'child child parent ');
  });

  it('runs each main in the async context of its caller, however many in one turn, and nothing of the parent’s', async () => {
    const { stdout, stderr } = await runFixture('child/what-is-shared.mjs', ['contexts, and forkRuns in one turn']);
    assert.deepEqual([JSON.parse(stdout), stderr], [{ same: true, count: 10 }, '']);
  });
});

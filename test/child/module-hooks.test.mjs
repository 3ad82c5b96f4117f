// Does import() of what was not loaded before settle in a child, though the thread of the module hooks is its parent's?
import assert from 'node:assert/strict';
import { pathOf, runFixture } from '../helpers/run.mjs';

const PRELOADED = ['--no-warnings', '--import', pathOf('child/register-hooks.mjs')];
const LOADERS = [
  '--no-warnings',
  ...['hooks', 'hooks-of-load'].flatMap((name) => ['--loader', pathOf(`child/${name}.mjs`)]),
];
const LEAVE = ['exit', '_exit', 'throw', 'natural'];

const found = (told) =>
  [
    `parent: ${told} true`,
    `child: ${told} true`,
    `file: imported 7`,
    `forkRun: ${told} 7`,
    `grandchild: ${told} true`,
    `parent again: ${told} true`,
    `under way: ${told} true`,
  ].sort();

async function importsIn(how, leave, execArgv, env) {
  const { code, stdout, stderr } = await runFixture('child/module-hooks.mjs', [how, leave], { execArgv, env });
  assert.equal(code, 0, stderr);
  return stdout.trim().split('\n').sort();
}

describe('import() in a child beside module hooks', () => {
  for (const leave of LEAVE) {
    it(`settles, with hooks that were registered before the package was loaded; the child leaves by ${leave}`, async () => {
      assert.deepEqual(await importsIn('before', leave, PRELOADED), found('nothing'));
    });
  }

  it('settles, with hooks that were registered afterwards, with data and ports', async () => {
    assert.deepEqual(await importsIn('register', 'exit', ['--no-warnings']), found('by data'));
  });

  it('settles though one is in flight, also of the same file, and the parent’s does', async () => {
    const { stdout, stderr } = await runFixture('child/import-in-flight.mjs', [], { execArgv: ['--no-warnings'] });
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
      [{ other: 42, same: 42 }, { parent: 42 }],
      stderr,
    );
  });

  it('settles, with hooks of --loader', async () => {
    assert.deepEqual(await importsIn('loader', 'natural', LOADERS), found('nothing'));
  });

  it('settles where hooks only ask whether there is data, which nobody has seen', async () => {
    assert.deepEqual(await importsIn('before', 'natural', PRELOADED, { ASKING: '1' }), found('nothing'));
  });

  it('fails with the reason where the hooks need data that nobody has seen', async () => {
    const { stdout, stderr } = await runFixture('child/module-hooks.mjs', ['before'], {
      execArgv: PRELOADED,
      env: { NEEDY: '1' },
    });
    assert.match(stderr, /ERR_FORK_MODULE_HOOKS.*hooks-that-need-data\.mjs could not be registered again/);
    assert.match(stdout, /^parent again: nothing true$/m);
  });

  it('is said not to settle where the hooks are not found', async () => {
    const { stderr } = await runFixture('child/module-hooks.mjs', ['not-found'], {
      execArgv: ['--import', pathOf('child/register-hooks.mjs')],
    });
    assert.match(stderr, /ForkLeakWarning: .*import\(\) never settles in a child/);
  });
});

// Does the command tell people and machines what works here?
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../helpers/run.mjs';

const BREAK = fileURLToPath(new URL('./fixtures/break-runtime.cjs', import.meta.url));
const doctor = (args, env) =>
  runCommand([process.execPath, fileURLToPath(new URL('../../dist/support/cli.js', import.meta.url)), ...args], {
    env,
  });

describe('posix-fork doctor', () => {
  it('prints what works, and exits with 0 where a fork does', async () => {
    const { code, stdout, stderr } = await doctor(['doctor']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /one fork, tried +\d+\.\d ms\n/);
    assert.match(stdout, /^(ok {2}|LACK) {2}large pages +(yes: useLargePages\(\)|no\n +\w.*)\n/m);
    assert.match(stdout, /A full fork works here\.\n$/);
  });

  it('says the same as JSON, and what is degraded', async () => {
    const { code, stdout } = await doctor(['doctor', '--json'], {
      POSIX_FORK_SPAWN: 'no-chdir',
      POSIX_FORK_REAP: 'no-pidfd',
    });
    const { ok, fork, support, kernel, runtime } = JSON.parse(stdout);
    assert.deepEqual([code, ok, fork.ok, support.fork, kernel.pidfd], [0, true, true, 'full', false]);
    assert.deepEqual(support.spawn.missing, ['posix_spawn_file_actions_addchdir_np']);
    assert.equal(runtime.node, process.version);
    assert.ok(fork.milliseconds > 0);
  });

  it('exits with 1, and says why, where nothing works, or a fork fails that should work', async () => {
    const breaking = (when) => ({ NODE_OPTIONS: `--require=${BREAK}`, BREAK: when });
    const nowhere = await doctor(['doctor'], breaking('always'));
    assert.deepEqual([nowhere.code, nowhere.stderr], [1, '']);
    assert.match(nowhere.stdout, /LACK {2}fork\(\) +unsupported\n +the runtime is Electron's renderer\n/);
    const tried = await doctor(['doctor', '--json'], breaking('the one that is tried'));
    const { ok, support, fork } = JSON.parse(tried.stdout);
    assert.deepEqual([tried.code, ok, support.fork, fork.ok], [1, false, 'full', false]);
    assert.match(fork.error, /Electron's renderer/);
  });

  it('explains itself to whom it does not understand', async () => {
    for (const args of [[], ['nurse'], ['doctor', '--loud']]) {
      const { code, stdout, stderr } = await doctor(args);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
      assert.match(stderr, /Usage: posix-fork doctor/);
    }
  });
});

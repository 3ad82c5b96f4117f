// Does support() name each function that an old kernel, an old C library or a filter of system calls takes away?
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runFixture } from '../helpers/run.mjs';

const WITHOUT = fileURLToPath(new URL('../helpers/without-calls.py', import.meta.url));
const filter = (error, calls) => ['python3', WITHOUT, error, calls.join(',')];

// Which functions need it, and what they do without: an error's code, or what they do with it.
const CALLS = {
  pidfd_open: { 'waitpid(), wait()': 'exited', 'pidfd()': 'error' },
  pidfd_send_signal: { 'kill()': 'SIGKILL' },
  'waitid(P_PIDFD)': { "waitid('pidfd')": 'error' },
  execveat: { 'fexecve()': 'error' },
  memfd_create: { 'forkPool() of a fork server': 'error' },
  'clone3(CLONE_INTO_CGROUP)': { 'spawn({ cgroup })': 'ERR_FORK_UNSUPPORTED_RUNTIME' },
  setns: { 'spawn({ setns })': 'error' },
  sched_setaffinity: { 'spawn({ affinity })': 'error' },
  sched_setscheduler: { 'spawn({ scheduler })': 'error' },
  close_range: { 'spawn({ fds })': 'exited' },
};

async function run(options) {
  const { code, stdout, stderr } = await runFixture('support/functions.mjs', [], options);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('support().functions', () => {
  it('has each function and option once, and all are here', async () => {
    const { all, lacking } = await run();
    assert.deepEqual(lacking, []);
    assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
    for (const row of all) assert.ok(row.needs && row.without, row.name);
    const expected = Object.values(CALLS).flatMap((functions) => Object.keys(functions));
    for (const name of expected) assert.ok(all.some((row) => row.name === name), name); // prettier-ignore
  });

  const all = Object.keys(CALLS);
  // Each by itself as well: what is there may lead to what is not.
  const alone = process.env.POSIX_FORK_FULL ? all : ['pidfd_send_signal', 'waitid(P_PIDFD)'];
  for (const error of ['ENOSYS', 'EPERM']) {
    // pthread_create(3) takes no other error of clone3 than ENOSYS.
    const possible = (call) => error === 'ENOSYS' || !call.startsWith('clone3');
    for (const calls of [all, ...alone.map((call) => [call])].map((each) => each.filter(possible))) {
      if (calls.length === 0) continue;
      it(`names what a filter forbids by ${error}, which throws or does without: ${calls.join(', ')}`, async function () {
        if (process.arch !== 'x64') this.skip();
        if (spawnSync('python3', [...filter(error, calls).slice(1), 'true']).status !== 0) this.skip(); // no seccomp
        const { lacking, kernel, done } = await run({ wrapper: filter(error, calls) });
        const expected = Object.assign({}, ...calls.map((call) => CALLS[call]));
        assert.deepEqual(lacking.map(({ name }) => name).sort(), Object.keys(expected).sort());
        assert.deepEqual([...kernel.missing].sort(), calls.sort());
        for (const [name, outcome] of Object.entries(CALLS).flatMap(([, functions]) => Object.entries(functions))) {
          const { without } = lacking.find((row) => row.name === name) ?? {};
          if (without === undefined) continue;
          assert.equal(done[name], outcome === 'error' ? error : outcome, name);
          assert.equal(without === 'it throws', /^E/.test(done[name]), `${name}: ${without}`);
        }
        assert.deepEqual([done['waitpid(), wait()'], done['kill()']], ['exited', 'SIGKILL']);
        assert.deepEqual([done['spawn()'], done['spawn({ cwd })']], ['exited', 'exited']);
      });
    }
  }

  it('names what POSIX_FORK_REAP and POSIX_FORK_SPAWN take away', async () => {
    const env = { POSIX_FORK_REAP: 'no-pidfd', POSIX_FORK_SPAWN: 'no-chdir,no-closefrom,no-tcsetpgrp' };
    const { lacking, done } = await run({ env });
    const names = ['waitpid(), wait()', 'pidfd()', 'spawn()', 'spawn({ cwd })', 'spawn({ foreground })'];
    assert.deepEqual(lacking.map(({ name }) => name), names); // prettier-ignore
    assert.deepEqual(names.slice(0, 4).map((name) => done[name]), ['exited', 'ENOSYS', 'exited', 'exited']); // prettier-ignore
  });
});

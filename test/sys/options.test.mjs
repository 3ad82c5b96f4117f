// Is an option that is not known refused, with its right name, and is what every object inherits none?
import assert from 'node:assert/strict';
import posix from 'posix-fork';
import { report, runFixture } from '../helpers/run.mjs';

const CALLS = {
  fork: (options) => posix.fork(options),
  forkRun: (options) => posix.forkRun(() => 1, options),
  forkMap: (options) => posix.forkMap([1], (x) => x, options),
  spawn: (options) => posix.spawn('true', [], options),
  'spawn without arguments': (options) => posix.spawn('true', options),
  daemonize: (options) => posix.daemonize(options),
  waitpid: (options) => posix.waitpid(1, options),
  wait: (options) => posix.wait(options),
  waitpidSync: (options) => posix.waitpidSync(1, options),
  pipe: (options) => posix.pipe(options),
  socketpair: (options) => posix.socketpair(options),
  dup2: (options) => posix.dup2(0, 0, options),
};

const refused = (call, message) =>
  assert.rejects(
    async () => call(),
    (error) => {
      assert.equal(error.code, 'ERR_INVALID_ARG_VALUE');
      assert.match(error.message, message);
      return true;
    },
  );

describe('an option that is not known', () => {
  for (const [name, call] of Object.entries(CALLS)) {
    it(`is refused by ${name}()`, async () => {
      await refused(() => call({ nonsense: 1 }), /'options\.nonsense' is not known; there are: \w+/);
      await refused(() => call(Object.assign(Object.create(null), { nonsense: 1 })), /options\.nonsense/);
      await refused(() => call(new (class { nonsense = false; })()), /options\.nonsense/); // prettier-ignore
    });
  }

  it('is refused by every function, with the right name where one is near; and so is each wrong value, by its option', async () => {
    const { code, stdout, stderr } = await runFixture('sys/every-option.mjs', [], { deadline: 100_000 });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    const tried = report({ stdout });
    assert.ok(tried.functions >= 27 && tried.wrong > 2000 && tried.mistyped > 300 && tried.inherited > 100, stdout);
  });

  it('is told its name here', async () => {
    const names = {
      stdio: 'fds',
      detached: 'setsid',
      CWD: 'cwd',
      evn: 'env',
      argv_0: 'argv0',
      setSid: 'setsid',
      pgrp: 'pgid',
    };
    for (const [wrong, right] of Object.entries(names)) {
      await refused(() => posix.spawn('true', { [wrong]: 1 }), new RegExp(`'options.${wrong}' .*'${right}'`));
    }
    for (const childs of ['signal', 'timeout', 'killSignal', 'pty'])
      await refused(() => posix.spawn('true', { [childs]: 1 }), new RegExp(`'options.${childs}' .* spawnChild`));
    await refused(() => posix.fork({ quiescetimeout: 1 }), /quiesceTimeout/);
    await refused(() => posix.waitpid(1, { WUNTRACED: true }), /untraced/);
    await refused(
      () => posix.registerAtFork({ before() {}, afterInChlid() {} }),
      /handlers\.afterInChlid.*afterInChild/,
    );
  });

  it('is not guessed at where nothing is alike', async () => {
    await refused(() => posix.spawn('true', { shell: true }), /'options\.shell' is not known; there are: cwd, env, /);
    await refused(() => posix.pipe({ ['x'.repeat(100_000)]: 1 }), /there are: cloexec, nonblock/);
  });

  it('may be undefined, a symbol, or another affair of an object of a class', () => {
    posix.registerAtFork(new (class { lock = 1; before() {} })())[Symbol.dispose](); // prettier-ignore
    for (const fd of posix.pipe({ nonsense: undefined, [Symbol('tag')]: 1 })) posix.dup2(0, fd); // and so of no use
  });

  it('is one that Object.prototype has: nothing of it is taken', async () => {
    const { code, stdout, stderr } = await runFixture('sys/polluted.mjs');
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.deepEqual(report({ stdout }), { changed: [] });
  });
});

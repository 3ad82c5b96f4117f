// Does the package say what cannot work, and keep from returning into a child that may hang?
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { report, runCommand, runFixture } from '../helpers/run.mjs';
import { withoutSymbol } from '../helpers/without-symbol.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const major = Number(process.versions.node.split('.')[0]);
// [symbol, row, what is said of it]
const MISSING = [
  [
    `_ZN4node23WorkerThreadsTaskRunnerC1Ei${major >= 22 ? 'NS_21PlatformDebugLogLevelE' : ''}`,
    'node::WorkerThreadsTaskRunner',
    /does not export _ZN4node23WorkerThreadsTaskRunnerC1Ei(;|$)/,
  ],
  ['_ZNK4node23WorkerThreadsTaskRunner21NumberOfWorkerThreadsEv', 'node::WorkerThreadsTaskRunner'],
  ['_ZN4node21GetCurrentEnvironmentEN2v85LocalINS0_7ContextEEE', 'node::NodePlatform'],
  ['_ZTVN4node12NodePlatformE', 'node::NodePlatform'],
  ['_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_', 'v8::Isolate::RequestInterrupt'],
  ['_ZN5cppgc8internal20PersistentRegionLockC1Ev', 'cppgc::internal::PersistentRegionLock'],
  ['_ZN5cppgc8internal20PersistentRegionLockD1Ev', 'cppgc::internal::PersistentRegionLock'],
  ['_ZN4node21SetProcessExitHandlerEPNS_11EnvironmentEOSt8functionIFvS1_iEE', 'node::SetProcessExitHandler'],
  ['_ZN4node22PerIsolatePlatformData10FlushTasksEP10uv_async_s', 'node::PerIsolatePlatformData::FlushTasks'],
  [
    major >= 24 ? '_ZN4node7tracing5Agent11GetInstanceEv' : '_ZN4node7tracing16TraceEventHelper8GetAgentEv',
    'node::tracing::Agent',
    /does not export _ZN4node7tracing5Agent11GetInstanceEv/,
  ],
  ...(major >= 22
    ? [['_ZN4absl13base_internal19NominalCPUFrequencyEv', 'absl::base_internal::NominalCPUFrequency']]
    : []),
];
const OF_ONE_FUNCTION = [
  ['_ZN2v87Isolate21LowMemoryNotificationEv', 'v8::Isolate::LowMemoryNotification', 'warmup'],
  ['_ZN2v812BackingStoreD1Ev', 'v8::SharedArrayBuffer, v8::BackingStore', 'sharedMemory'],
];
const MODULES = [
  'internal/http',
  'internal/deps/undici/undici',
  'internal/perf/observe',
  'internal/timers',
  'internal/worker',
  'internal/process/per_thread',
  'internal/process/task_queues',
  'internal/async_hooks',
  '_http_client',
  'internal/http2/core',
  'internal/crypto/random',
  'internal/modules/esm/loader',
  'internal/modules/esm/hooks',
  'internal/process/execution',
  'internal/child_process',
  'internal/dgram',
  'net',
  'internal/fs/streams',
  'internal/fs/watchers',
];

const OBJECTS = ['process._getActiveHandles', 'process.moduleLoadList', 'Timeout', '_readableState', '_writableState'];

const failing = ({ facts }) => facts.filter(({ holds }) => holds === false).map(({ name }) => name);

describe('support()', () => {
  it('is full on this Node.js', async () => {
    const { support, fork, bare } = report(await runFixture('support/support.cjs'));
    assert.equal(support.fork, 'full');
    assert.deepEqual(support.reasons, []);
    assert.equal(support.tested.here, true);
    assert.ok(support.tested.versions.some((version) => process.version.startsWith(`v${version}.`)));
    assert.deepEqual([support.facts.length > 40, failing(support)], [true, []]);
    for (const row of support.facts) assert.ok(row.name && row.fact && row.without, JSON.stringify(row));
    assert.equal(new Set(support.facts.map(({ name }) => name)).size, support.facts.length);
    // V8's workers may be at work as the package looks.
    const unknown = support.facts.filter(({ holds }) => holds === null).map(({ name }) => name);
    assert.deepEqual(
      unknown.filter((name) => name !== 'node::TaskQueue, pthread_cond_t'),
      [],
    );
    assert.deepEqual([fork, bare], [3, 4]);
  });

  // Each costs a copy of the node binary.
  for (const [symbol, row, reason = new RegExp(symbol)] of MISSING.slice(
    0,
    process.env.POSIX_FORK_FULL ? undefined : 2,
  )) {
    it(`is bare where the node binary hides ${symbol}, and only a bare fork works`, async () => {
      const { support, fork, bare } = await withoutSymbol(symbol, async (node) =>
        report(await runFixture('support/support.cjs', [], { node })),
      );
      assert.equal(support.fork, 'bare');
      assert.match(support.reasons.join(), reason);
      // The scheduler's loop is found through V8's runner.
      const failed = failing(support).filter((name) => name !== 'node::DelayedTaskScheduler::loop_');
      assert.deepEqual(failed, [row]);
      assert.match(support.facts.find(({ name }) => name === row).without, /^fork\(\) throws: /);
      assert.equal(fork.code, 'ERR_FORK_UNSUPPORTED_RUNTIME');
      assert.match(fork.message, reason);
      assert.equal(bare, 4);
    });
  }

  for (const [symbol, row, call] of process.env.POSIX_FORK_FULL ? OF_ONE_FUNCTION : []) {
    it(`is full where the node binary hides ${symbol}, and ${call}() throws`, async () => {
      const { support, fork, thrown } = await withoutSymbol(symbol, async (node) =>
        report(await runFixture('support/support.cjs', [], { node })),
      );
      assert.deepEqual([support.fork, fork, failing(support)], ['full', 3, [row]]);
      assert.deepEqual(thrown, { [call]: 'ERR_FORK_UNSUPPORTED_RUNTIME' });
    });
  }

  it('says what is lost where Node.js is made otherwise than it was, and fork() warns of it, once', async () => {
    const all = [...MODULES, ...OBJECTS];
    for (const changed of process.env.POSIX_FORK_FULL ? all : ['internal/http', OBJECTS[0]]) {
      const outcome = await runFixture('support/support.cjs', ['{}', changed]);
      const { support, fork, loaded } = report(outcome);
      assert.deepEqual([support.fork, fork, failing(support)], ['full', 3, [changed]]);
      const { without } = support.facts.find(({ name }) => name === changed);
      const warnings = outcome.stderr.split('\n').filter((line) => line.includes('ForkLeakWarning'));
      // What a program has not loaded it does not miss.
      const expected = loaded ? [1, true] : [0, false];
      assert.deepEqual([warnings.length, warnings.join().includes(without)], expected, outcome.stderr);
    }
  });

  it('is bare, and nothing warns of threads, where /proc is that of another pid namespace', async function () {
    const wrapper = ['unshare', '--pid', '--fork'];
    if (spawnSync(wrapper[0], [...wrapper.slice(1), 'true']).status !== 0) this.skip(); // not root
    const { code, stderr } = await runFixture('support/other-proc.mjs', [], { wrapper });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });

  it('names the flag that forbids addons', async () => {
    const { support, fork } = report(await runFixture('support/support.cjs', [], { execArgv: ['--no-addons'] }));
    assert.equal(support.fork, 'unsupported');
    assert.match(fork.message, /disabled\. Run Node\.js without --no-addons$/);
  });

  describe('under --permission', () => {
    const flag = major === 20 ? '--experimental-permission' : '--permission';
    const execArgv = ['--no-warnings', flag, '--allow-fs-read=*'];

    it('forks and spawns if addons are allowed, and says that the parent’s timers come in children', async () => {
      const options = { execArgv: [...execArgv, '--allow-addons'] };
      const { leaks, ...rest } = report(await runFixture('support/permission.mjs', [], options));
      assert.deepEqual(rest, {
        ...{ timer: true, fork: 7, forkRun: 42, spawn: 3, how: 'full' },
        warnings: ['ForkLeakWarning'],
      });
      assert.match(leaks.join(), /^the parent's timers and immediates run in its children, too: [^,]*$/);
    });

    it('is unsupported if they are not', async () => {
      const { support, fork } = report(await runFixture('support/support.cjs', [], { execArgv }));
      assert.equal(support.fork, 'unsupported');
      assert.match(fork.message, /--allow-addons/);
    });
  });

  // Node 20: such a child crashed 15 times of 15 where fork() was called in a callback of fs. Later ones make no such ring.
  it('is bare where the event loop has an io_uring for files', async () => {
    const { support, fork } = report(await runFixture('support/support.cjs', [], { env: { UV_USE_IO_URING: '1' } }));
    const old = process.versions.node.startsWith('20.');
    assert.equal(support.fork, old ? 'bare' : 'full');
    assert.equal(/UV_USE_IO_URING/.test(support.reasons.join()), old);
    assert.equal(old ? fork.code : fork, old ? 'ERR_FORK_UNSUPPORTED_RUNTIME' : 3);
  });

  // As in a program that has gone to another root since it loaded the package.
  it('is bare where nobody can see any more whether the event loop has an io_uring for files', async function () {
    if (!process.versions.node.startsWith('20.')) this.skip();
    const wrapper = ['unshare', '--map-root-user', '--mount'];
    if (spawnSync(wrapper[0], [...wrapper.slice(1), 'true']).status !== 0) this.skip();
    const program = `
      const posix = require('posix-fork');
      posix.waitpidSync(posix.spawn('mount', ['-t', 'tmpfs', 'none', '/proc']));
      console.log(JSON.stringify(posix.support()));`;
    const command = [...wrapper, process.execPath, '-e', program];
    const reasons = async (env) => report(await runCommand(command, { env, cwd: ROOT })).reasons.join();
    assert.match(await reasons({ UV_USE_IO_URING: '1' }), /UV_USE_IO_URING/);
    assert.doesNotMatch(await reasons({ UV_USE_IO_URING: '0' }), /UV_USE_IO_URING/);
  });

  for (const [pretend, reason] of [
    [{ platform: 'darwin' }, /the platform is darwin, not linux/],
    [{ bun: '1.2.3' }, /the runtime is bun/],
    [{ type: 'renderer' }, /Electron's renderer/],
    [{ versions: { ...process.versions, node: '18.20.8' } }, /this is Node\.js 18\.20\.8, and 20\.4 is the oldest/],
    [{ versions: { ...process.versions, node: '20.3.1' } }, /this is Node\.js 20\.3\.1, and 20\.4 is the oldest/],
  ]) {
    it(`is unsupported with ${JSON.stringify(pretend)}: importing works, every call throws`, async () => {
      const { support, fork, bare, waitpid } = report(
        await runFixture('support/support.cjs', [JSON.stringify(pretend)]),
      );
      assert.equal(support.fork, 'unsupported');
      assert.match(support.reasons.join(), reason);
      assert.deepEqual(
        [fork.code, bare.code, waitpid.code],
        ['ERR_FORK_UNSUPPORTED_RUNTIME', 'ERR_FORK_UNSUPPORTED_RUNTIME', 'ERR_FORK_UNSUPPORTED_RUNTIME'],
      );
      assert.match(fork.message, reason);
    });
  }
});

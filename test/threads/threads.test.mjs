// Does the census know every thread, and does fork() warn of the right ones, and of no other?
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pathOf, report, runCommand, runFixture } from '../helpers/run.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const V8 = ['delayed-task-scheduler', 'v8-worker', 'v8-worker', 'v8-worker', 'v8-worker'];

async function look(situation, options) {
  const result = report(await runFixture('threads/threads.mjs', [situation], options));
  const kinds = result.census.map(({ kind }) => kind);
  // Node 20's own loader has used libuv's pool by the time that a module runs.
  const rest = kinds.filter((kind) => kind !== 'libuv-worker');
  return { ...result, kinds, rest, uncovered: result.census.filter(({ covered }) => !covered) };
}

describe('threads()', () => {
  it('knows all threads of a plain process, and fork() says nothing', async () => {
    const { census, rest, warnings } = await look('plain');
    assert.deepEqual(rest, ['main', ...V8, 'signal-inspector']);
    assert.deepEqual(
      census.map(({ covered }) => covered),
      census.map(() => true),
    );
    assert.deepEqual(warnings, []);
  });

  it("knows libuv's pool, and fork() says nothing of it once it has nothing to do", async () => {
    for (let i = 0; i < 5; i++) {
      const { kinds, rest, warnings } = await look('used');
      assert.deepEqual(rest, ['main', ...V8, 'signal-inspector']);
      assert.equal(kinds.filter((kind) => kind === 'libuv-worker').length, 4);
      assert.deepEqual(warnings, []);
    }
  });

  it("names the busy threads of libuv's pool, and how many operations are in flight", async () => {
    const { uncovered, warnings } = await look('busyPool');
    assert.deepEqual(
      uncovered.map(({ kind }) => kind),
      Array(4).fill('libuv-worker'),
    );
    assert.equal(warnings.length, 1);
    for (const { tid } of uncovered) assert.match(warnings[0].message, new RegExp(`busy thread .*\\(tid ${tid}, `));
    assert.match(warnings[0].message, /6 operations of libuv's thread pool .* in flight/);
  });

  it('names Workers by threadId and by the line that started them, idle or busy', async () => {
    const { uncovered, rest, warnings } = await look('workers');
    const file = pathOf('threads/threads.mjs');
    const lines = (await readFile(file, 'utf8')).split('\n');
    const places = ['idle', 'spins'].map((name) => {
      const line = lines.findIndex((each) => each.includes(`WORKERS + '${name}.mjs'`));
      return `${file}:${line + 1}:${lines[line].indexOf('new Worker') + 1}`;
    });
    assert.deepEqual(rest, ['main', ...V8, 'signal-inspector', 'worker', 'worker']);
    const [idle, spins] = uncovered;
    assert.deepEqual([idle.threadId, spins.threadId], [1, 2]);
    assert.deepEqual([idle.startedAt, spins.startedAt], places);
    assert.deepEqual([idle.parked, idle.syscall, spins.parked], [true, 'epoll_pwait', false]);
    assert.match(
      warnings[0].message,
      /Worker 1 \(started at .*threads\.mjs:\d+:\d+, tid \d+, (in epoll_pwait|running)\), Worker 2 \(started at .*threads\.mjs:\d+:\d+, tid \d+, running\)/,
    );
    assert.match(warnings[0].message, /await worker\.terminate\(\)/);
  });

  it('names one of a script of any name, and of a class of the program’s, also where built-ins are patched', async () => {
    const { uncovered } = await look('workersOfScript');
    const file = pathOf('threads/threads.mjs');
    assert.deepEqual(
      uncovered.map(({ kind, startedAt }) => [kind, startedAt?.replace(/:\d+:\d+$/, '')]),
      [
        ['worker', 'file://host/script'],
        ['worker', file],
      ],
    );
  });

  // Such a session has ended processes on Node 20: see lib/threads/workers.ts.
  it('asks no inspector about Workers', async () => {
    const spy = `import { Session } from 'node:inspector';
      const { post } = Session.prototype;
      Session.prototype.post = function (method, ...more) {
        if (method.startsWith('NodeWorker')) console.error(method);
        return post.call(this, method, ...more);
      };`;
    const { stderr } = await runFixture('threads/threads.mjs', ['workers'], { execArgv: ['--import', `data:text/javascript,${encodeURIComponent(spy)}`] }); // prettier-ignore
    assert.doesNotMatch(stderr, /NodeWorker/);
  });

  it('says nothing of a Worker that has just ended', async () => {
    const { rest, warnings } = await look('workerEnded');
    assert.deepEqual({ rest, warnings }, { rest: ['main', ...V8, 'signal-inspector'], warnings: [] });
  });

  it("names a native addon's threads, whatever they do", async () => {
    const { uncovered, tids, warnings } = await look('native');
    assert.deepEqual(
      uncovered.map(({ tid, kind }) => ({ tid, kind })),
      tids.map((tid) => ({ tid, kind: 'foreign' })),
    );
    assert.deepEqual(
      uncovered.slice(0, 2).map(({ name, syscall }) => [name, syscall]),
      [
        ['blocks', 'read'],
        ['spins', null],
      ],
    );
    for (const tid of tids) assert.match(warnings[0].message, new RegExp(`tid ${tid}, `));
    assert.match(warnings[0].message, /registerAtFork/);
  });

  it('says nothing of the thread in which Node loads root certificates, which ends soon', async () => {
    // From Node 22 on, 35 ms for so many, more on a loaded machine. Without the patience: warned of, each time.
    const file = path.join(await mkdtemp(path.join(tmpdir(), 'posix-fork-')), 'many.pem');
    try {
      const one = await readFile(new URL('../helpers/cert.pem', import.meta.url), 'utf8');
      await writeFile(file, one.repeat(2000));
      const { warnings } = await look('certificates', { env: { NODE_EXTRA_CA_CERTS: file } });
      assert.deepEqual(warnings, []);
    } finally {
      await rm(path.dirname(file), { recursive: true });
    }
  });

  it('counts the threads of io_uring as covered, which run none of the program', async function () {
    if (!process.versions.node.startsWith('20.')) this.skip(); // the only one whose libuv starts such
    const program = 'console.log(JSON.stringify(require("posix-fork").threads()))';
    const env = { UV_USE_IO_URING: '1' };
    const census = report(await runCommand([process.execPath, '-e', program], { env, cwd: ROOT }));
    const ring = census.filter(({ name }) => name.startsWith('iou-'));
    assert.ok(ring.length > 0);
    assert.deepEqual(
      ring.filter(({ covered }) => !covered),
      [],
    );
  });

  it('names the inspector', async () => {
    const { uncovered, warnings } = await look('inspector');
    assert.deepEqual(
      uncovered.map(({ kind, parked }) => ({ kind, parked })),
      [{ kind: 'inspector', parked: true }],
    );
    assert.match(warnings[0].message, /inspector thread .*inspector\.close\(\), .*detach the debugger/);
  });

  describe('where there are profiles or traces', () => {
    let directory;
    beforeEach(async () => {
      directory = await mkdtemp(path.join(tmpdir(), 'posix-fork-'));
    });
    afterEach(async () => {
      await rm(directory, { recursive: true });
    });
    const kindsOf = (threads) => threads.map(({ kind }) => kind);
    const underProfiler = (situation, ...more) =>
      look(situation, { execArgv: ['--cpu-prof', '--cpu-prof-dir', directory], ...Object.assign({}, ...more) });

    it('warns of tracing', async () => {
      const execArgv = ['--trace-event-categories=v8', '--trace-event-file-pattern', `${directory}/trace.log`];
      const { uncovered, warnings } = await look('plain', { execArgv });
      assert.deepEqual(kindsOf(uncovered), ['foreign']);
      assert.equal(warnings.length, 1);
    });

    for (const flag of ['--cpu-prof', '--heap-prof']) {
      it(`says nothing of ${flag}, and forks where the policy is to throw: a child writes a profile of its own`, async () => {
        const execArgv = [flag, `${flag}-dir`, directory];
        const { uncovered, warnings } = await look('plain', { execArgv });
        assert.deepEqual({ uncovered, warnings }, { uncovered: [], warnings: [] });
        assert.equal((await look('plain', { execArgv, env: { POSIX_FORK_THREADS: 'throw' } })).error, undefined);
      });
    }

    for (const [situation, why] of [
      ['bare', 'a bare fork does not stop it'],
      ['sigprof', 'the program listens to SIGPROF, by which it would be stopped'],
      ['profilerBusy', 'it did not come to rest in time'],
    ]) {
      it(`warns of the profiler if ${why}`, async () => {
        const { warnings } = await underProfiler(situation);
        assert.equal(warnings.length, 1);
        assert.match(warnings[0].message, /beside a thread that .*: thread "v8:ProfEvntProc" \(tid \d+, /);
        assert.match(warnings[0].stack, /threads\/fixtures\/threads\.mjs/);
        const { error } = await underProfiler(situation, { env: { POSIX_FORK_THREADS: 'throw' } });
        assert.deepEqual(error, { code: 'ERR_FORK_THREADS', kinds: ['foreign'], covered: [false], forked: false });
        assert.deepEqual((await underProfiler(situation, { env: { POSIX_FORK_THREADS: 'ignore' } })).warnings, []);
      });
    }

    it('says nothing of profilers that the program has begun, which a child can stop', async () => {
      for (const result of [await look('ownProfile'), await underProfiler('ownProfile')])
        assert.deepEqual([result.uncovered, result.warnings], [[], []]);
    });

    it('threads() says that the profiler is uncovered if the program listens to SIGPROF', async () => {
      assert.deepEqual(kindsOf((await underProfiler('sigprof')).uncovered), ['foreign']);
    });

    it('names only the others beside the profiler that --cpu-prof has started', async () => {
      const { uncovered, warnings, tids } = await underProfiler('native');
      assert.deepEqual(
        uncovered.map(({ tid }) => tid),
        tids,
      );
      assert.doesNotMatch(warnings[0].message, /v8:ProfEvntProc/);
    });
  });
});

// What does forkRun promise?
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { report, runFixture } from '../helpers/run.mjs';

const RUNS = Number(process.env.POSIX_FORK_STRESS ?? 100);
const SAMPLES = 10; // as the fixture takes
const WRITTEN = 2 * 2 ** 20; // bytes, as the fixture does

describe('forkRun', function () {
  const silent = (fixture, what, claim) =>
    it(claim, async () => {
      const { code, stdout, stderr } = await runFixture(fixture, [what]);
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    });

  const CLAIMS = {
    result: 'gives what main returned, and code 0',
    'no result': 'rejects with ChildExitError if the child left no result',
    'bad message': 'rejects if what comes is no message',
    'another reader': 'reads the result in its own process alone, though another child inherits all',
    views: 'gives each view of a result memory of its own, of its size',
    'no room': 'rejects if there is no room for the result, and the child exits with code 1',
    'unsettled beside a write': 'ends with code 13 also if its parent was in the middle of a write',
    'not yet forked': 'forks in the process that called it, and in no raw child',
    abort: 'ends the child when the signal says so, and checks its arguments',
    dispose: 'ends with its scope, and may be forgotten',
    places: 'runs wherever it was called, in a child of a child, and 20 at once',
    worker: 'refuses in a Worker, as forkMap does',
  };
  for (const [what, claim] of Object.entries(CLAIMS)) silent('run/fork-run.mjs', what, claim);

  it('is called back beside node:domain where the program has a global of that name, as a REPL has', async () => {
    const { code, stdout, stderr } = await runFixture('run/beside-domain.cjs');
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '7\n[ 2, 3 ]\n3\n', stderr: '' });
  });

  it('does not kill who has the pid of a child that has ended', async function () {
    const wrapper = ['unshare', '--pid', '--fork', '--mount-proc'];
    if (spawnSync(wrapper[0], [...wrapper.slice(1), 'true']).status !== 0) this.skip(); // not root
    const { code, stderr } = await runFixture('run/fork-run.mjs', ['used again'], { wrapper });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });

  const ERRORS = {
    class: 'brings an error back as its class, with message, code and the stack of the child',
    'unknown class': 'brings an error of a class that the parent does not have back as the next above it',
    'same name': 'brings an error back as its class, of several that have its name',
    causes: 'brings back causes and aggregated errors',
    system: 'brings back errors of the system, of Node and of the web',
    others: 'brings back what is no error, and of an error what can be cloned',
    'private state': 'refuses what would come back empty, and says which part it is',
    plain: 'clones what else there is, whatever a getter says when it is asked again',
    uncloneable: 'says which part of a result cannot be cloned',
  };
  for (const [what, claim] of Object.entries(ERRORS)) silent('run/fork-run-errors.mjs', what, claim);

  it('runs main and nothing else', async () => {
    const { code, stdout, stderr } = await runFixture('run/fork-run.mjs', ['no other code']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.equal(stdout, 'own exit listener\n'.repeat(3));
  });

  const OUTPUTS = {
    'the pipes of child_process': [],
    'one pipe': ['sh', '-c', '"$@" 2>&1 | cat', 'sh'],
    files: ['sh', '-c', 'out=$(mktemp) && "$@" >$out 2>>$out; cat $out; rm $out', 'sh'],
    terminals: ['sh', '-c', 'script -qec "$(printf "\'%s\' " "$@")" /dev/null </dev/null', 'sh'],
  };
  for (const [place, wrapper] of Object.entries(OUTPUTS)) {
    it(`flushes stdout and stderr when they are ${place}`, async () => {
      const { code, stdout, stderr } = await runFixture('run/fork-run-output.mjs', ['inherited'], { wrapper });
      const text = stdout + stderr;
      const count = (letter) => text.split(letter).length - 1;
      assert.deepEqual([code, count('o'), count('e')], [0, WRITTEN, WRITTEN]);
    });
  }

  // Node's streams of both have no handle of that descriptor.
  for (const place of ['file', 'terminal']) {
    it(`writes what main has corked, to a ${place}`, async () => {
      assert.equal(report(await runFixture('run/corked.mjs', [place])), 'AB');
    });
  }

  it('flushes stdout and stderr when they are sockets of a slow peer', async () => {
    const count = report(await runFixture('run/fork-run-output.mjs', ['socket']));
    assert.deepEqual(count, { o: WRITTEN, e: WRITTEN });
  });

  it('exits if nobody hears stdout any more, or main has ended it', async () => {
    assert.deepEqual(report(await runFixture('run/fork-run-output.mjs', ['gone'])), { code: 0, stderr: '' });
    const { code, stdout, stderr } = await runFixture('run/fork-run-output.mjs', ['ended']);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'o', stderr: '' });
  });

  it('takes 256 MB without blocking the loop', async () => {
    const { longest } = report(await runFixture('run/fork-run.mjs', ['large'], { deadline: 100_000 }));
    assert.ok(longest < 40, `one turn of the loop took ${longest} ms of this thread's time`);
  });

  it(`leaves nothing behind in a busy server, ${RUNS} times`, async function () {
    this.timeout(120_000 + RUNS * 100);
    const outcome = await runFixture('run/fork-run.mjs', ['leaks', RUNS], {
      deadline: 60_000 + RUNS * 100,
      execArgv: ['--expose-gc'],
    });
    assert.equal(outcome.stderr, '');
    const { samples, requests } = report(outcome);
    if (process.env.POSIX_FORK_STRESS) console.log(samples[0], samples.at(-1), { requests });
    assert.equal(samples.length, SAMPLES);
    for (const { fds, resources } of samples) {
      assert.deepEqual({ fds, resources }, { fds: samples[0].fds, resources: samples[0].resources });
    }
    // A closed Socket that is held is more than 3 KB. What the compiler does meanwhile is not more with more runs.
    const growth = (key) => slope(samples.map((sample) => sample[key])) / (RUNS / SAMPLES); // for each run
    const LIMITS = { heapKB: 0.5 + 250 / RUNS, externalKB: 0.5, residentMB: (10 + 4000 / RUNS) / 1024 };
    for (const [key, limit] of Object.entries(LIMITS)) {
      assert.ok(growth(key) < limit, `${key} grows by ${growth(key)} with each run: ${JSON.stringify(samples)}`);
    }
    assert.ok(requests > RUNS);
  });
});

// Of the line through these points, by least squares.
function slope(values) {
  const middle = (values.length - 1) / 2;
  let product = 0;
  let square = 0;
  values.forEach((value, i) => {
    product += (i - middle) * value;
    square += (i - middle) ** 2;
  });
  return product / square;
}

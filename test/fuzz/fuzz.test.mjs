// Does the package keep its word whatever it is given, and whatever happens in whatever order?
//
// Here a few seconds, always with the same seed. npm run test:fuzz takes another seed each time, and some minutes;
// POSIX_FORK_FUZZ=N: N times as many runs as here; POSIX_FORK_FUZZ_SEED: that seed. A failure is printed with its seed, and the
// command that repeats it.
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';

const TIMES = Number(process.env.POSIX_FORK_FUZZ ?? 1);
const SEED = Number(process.env.POSIX_FORK_FUZZ_SEED ?? (process.env.POSIX_FORK_FUZZ ? Date.now() % 2 ** 31 : 3));
// Chosen for the time that they take on two processors, on Node 20: mocha prints it. Each seed has a process of its own, because
// children() and what is remembered of all of them grow.
const CALLS = 3000; // 3.5 s
const ORDERS = 80; // 1.5 s, twice
const DEADLINE = 60_000;

async function run(program, runs, env, check) {
  for (let seed = SEED; seed < SEED + TIMES; seed++) {
    const result = await runFixture(`fuzz/${program}`, [runs, seed], { deadline: DEADLINE, env });
    assert.equal(result.code, 0, `seed ${seed}: ${result.signal} ${result.stderr}`);
    check(report(result), seed);
  }
}

describe(`fuzzing, seed ${SEED}${TIMES > 1 ? ` and the ${TIMES - 1} after it` : ''}`, function () {
  this.timeout(TIMES * (DEADLINE + 5000));

  it(`${CALLS} calls with arbitrary arguments: done as documented, or refused with a typed error, and nothing is left`, () =>
    run('arguments.mjs', CALLS, { POSIX_FORK_THREADS: '' }, ({ counts, left }, seed) => {
      assert.deepEqual(left, []);
      for (const [name, { done, refused, failed, takes }] of Object.entries(counts)) {
        assert.ok(done + failed > 0, `${name} was never done with seed ${seed}`);
        assert.ok(refused > 0 || !takes, `${name} was never refused with seed ${seed}`);
      }
    }));

  for (const [how, POSIX_FORK_REAP] of [
    ['pidfds', ''],
    ['SIGCHLD', 'no-pidfd'],
  ]) {
    it(`${ORDERS} orders of forks, ends, stops, waits and aborts: every wait gets its answer, through ${how}`, () =>
      run('reap-table.mjs', ORDERS, { POSIX_FORK_REAP }, ({ ran }) => assert.ok(ran > ORDERS)));
  }
});

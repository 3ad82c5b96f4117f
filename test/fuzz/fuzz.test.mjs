// Does the package keep its word whatever it is given, and whatever happens in whatever order?
//
// Here a few seconds, always with the same seed. npm run test:fuzz takes another seed each time, and some minutes;
// POSIX_FORK_FUZZ=N: N times as many runs as here; POSIX_FORK_FUZZ_SEED: that seed. A failure is printed with its seed, and the
// command that repeats it.
import assert from 'node:assert/strict';
import { report, runFixture } from '../support/run.mjs';

const TIMES = Number(process.env.POSIX_FORK_FUZZ ?? 1);
const SEED = Number(process.env.POSIX_FORK_FUZZ_SEED ?? (process.env.POSIX_FORK_FUZZ ? Date.now() % 2 ** 31 : 1));
// Chosen for the time that they take on two processors, on Node 20: mocha prints it.
const CALLS = 2000 * TIMES; // 2.3 s
const ORDERS = 100 * TIMES; // 1.8 s, twice

async function run(program, runs, env = {}) {
  const deadline = 30_000 + 4000 * TIMES * 10;
  return runFixture(`../fuzz/${program}`, [runs, SEED], { deadline, env: { POSIX_FORK_THREADS: '', ...env } });
}

describe(`fuzzing, seed ${SEED}`, function () {
  this.timeout(60_000 + 40_000 * TIMES);

  it(`${CALLS} calls with arbitrary arguments: done as documented, or refused with a typed error, and nothing is left`, async () => {
    const result = await run('arguments.mjs', CALLS);
    assert.equal(result.code, 0, result.stderr);
    const { counts, left } = report(result);
    assert.deepEqual(left, []);
    for (const [name, { done, refused, failed, takes }] of Object.entries(counts)) {
      assert.ok(done + failed > 0, `${name} was never done`);
      assert.ok(refused > 0 || !takes, `${name} was never refused`);
    }
  });

  for (const [how, POSIX_FORK_REAP] of [
    ['pidfds', ''],
    ['SIGCHLD', 'no-pidfd'],
  ]) {
    it(`${ORDERS} orders of forks, ends, stops, waits and aborts: every wait gets its answer, through ${how}`, async () => {
      const result = await run('reap-table.mjs', ORDERS, { POSIX_FORK_REAP });
      assert.equal(result.code, 0, result.stderr);
      assert.ok(report(result).ran > ORDERS);
    });
  }
});

// What does forkPool promise?
import assert from 'node:assert/strict';
import { runFixture } from '../helpers/run.mjs';

// 500 rounds take a minute and a half: POSIX_FORK_STRESS=500
const KILLED = Number(process.env.POSIX_FORK_STRESS ?? (process.env.POSIX_FORK_FULL ? 60 : 12)); // rounds
const MODEL = Math.ceil(KILLED / 3); // runs

describe('forkPool', function () {
  this.timeout(60_000 + KILLED * 500);
  const silent = (claim, ...args) =>
    it(claim, async () => {
      const { code, stdout, stderr } = await runFixture('run/fork-pool.mjs', args, {
        deadline: 40_000 + KILLED * 500,
      });
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    });

  silent('gives results and errors as forkRun does, and closes', 'tasks');
  silent('maps items lazily, and gives the results as they come', 'map');
  silent('maps items, and gives all results in their order', 'all results');
  silent('rejects the task at which a child ends, and no other', 'death');
  silent('tries such a task again, as often as it is told', 'retries');
  silent('fails, instead of forking on and on, if work kills each child', 'storm');
  silent('runs start once a child, and is loud about its errors', 'start');
  silent('replaces children by tasks and by memory', 'recycling');
  silent('gives short calls many at a time, and nobody can tell', 'manyAtATime');
  silent('takes an item and a result as they are now, though they are the same object again', 'the same object');
  silent('has little in memory, however large the results are that nobody takes', 'slow reader');
  silent('gives the result of a call that forks once', 'grandchildren');
  silent('lets no task wait behind a long one', 'a long task');
  silent('replaces a child that ends while it is idle, unless they all do', 'idle');
  silent('ends a child whose task takes too long, also one that is stopped', 'timeout');
  silent('takes no task for late because its own process was', 'late parent');
  silent('keeps nothing of tasks that are done, however many wait', 'many waiting');
  silent('closes at once, at most after the grace, stopped children too', 'close');
  silent('forks again from the heap as it is now', 'refork');
  silent('ends all when the signal says so', 'abort');
  silent("works beside, inside and below other pools, and is closed in others' children", 'everywhere');
  silent('checks its arguments', 'arguments');
  silent('loses and doubles nothing, whenever a child is killed', 'killed', KILLED, 1);
  silent('settles each task once, whatever happens', 'model', MODEL, 1);
});

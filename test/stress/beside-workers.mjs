// How often does a child work beside Workers? On demand: node test/stress/beside-workers.mjs [forks] [steps to leave out]
//
// What is left out is a sum of those in test/helpers/steps.mjs. Measured with 24 forks beside four busy Workers: one child in
// 24 hung without HOLD_WORKERS and GC_LOCK (Node 20, 22 and 26); with one of the two none did, but without HOLD_WORKERS the
// fork took five times as long, and beside eight busy Workers most ended in ERR_FORK_BUSY.
import { runFixture } from '../helpers/run.mjs';

const [forks = 200, skip = 0] = process.argv.slice(2);
for (const load of ['idle', 'busy']) {
  for (const workers of [1, 4, 8]) {
    const args = [workers, load, forks, 'all', skip];
    const { stdout, stderr } = await runFixture('threads/beside-workers.mjs', args, { deadline: 1e6 });
    console.log(`${process.version} ${workers} ${load}: ${stdout.trim()}${stderr && `\n${stderr}`}`);
  }
}

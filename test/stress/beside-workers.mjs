// How often does a child work beside Workers? On demand: node test/stress/beside-workers.mjs [forks]
import { runFixture } from '../support/run.mjs';

const forks = Number(process.argv[2] ?? 200);
for (const load of ['idle', 'busy']) {
  for (const workers of [1, 4, 8]) {
    const { stdout, stderr } = await runFixture('beside-workers.mjs', [workers, load, forks], { deadline: 1e6 });
    console.log(`${process.version} ${workers} ${load}: ${stdout.trim()}${stderr && `\n${stderr}`}`);
  }
}

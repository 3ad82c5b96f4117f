// What does forkMap promise of children that live for many items?
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runFixture } from '../helpers/run.mjs';

const FIXTURE = 'run/fork-map-children.mjs';
// 500 take a minute: POSIX_FORK_STRESS=500
const ROUNDS = Number(process.env.POSIX_FORK_STRESS ?? (process.env.POSIX_FORK_FULL ? 60 : 20));

describe('children of forkMap', () => {
  const CLAIMS = {
    shares: 'live for as many items as itemsPerChild says',
    order: 'give their results in order, of any kind of items and values',
    inherited: 'inherit what is in memory, and are sent what is asked for',
    'own values': 'give each value as it was when it was returned',
    onResult: 'give their results as they come to onResult, and to nobody else',
    'found by chance': 'take an item that they find where they look for the end of their parent',
    backpressure: 'wait when nobody takes their results',
    errors: 'end with the first error or death, which says at which item',
    retries: 'are replaced if they die, unless an item kills too many',
    stopped: 'go on beside one that is stopped, which an abort ends',
    ahead: 'have as much before them as keeps them busy',
    grandchildren: 'do each item once, whatever comes back out of a fork() in fn',
    together: 'work beside others, inside others, beside Workers, each in the context of its caller',
    arguments: 'are not forked for wrong arguments',
  };
  for (const [what, claim] of Object.entries(CLAIMS)) {
    it(claim, async () => {
      const { code, stdout, stderr } = await runFixture(FIXTURE, [what]);
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    });
  }

  it('flush what fn writes', async () => {
    const { code, stdout, stderr } = await runFixture(FIXTURE, ['output']);
    assert.deepEqual({ code, stderr, length: stdout.length }, { code: 0, stderr: '', length: 100_000 });
  });

  it(`lose and double nothing when they are killed at any moment: ${ROUNDS} rounds`, async () => {
    const { code, stdout, stderr } = await runFixture(FIXTURE, ['killed', ROUNDS], { deadline: 100_000 });
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
  }).timeout(200_000);

  it('end when their parent is killed', async () => {
    const fixture = path.join(import.meta.dirname, 'fixtures/fork-map-children.mjs');
    const parent = spawn(process.execPath, [fixture, 'orphans'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let pids = [];
    for await (const chunk of parent.stdout.setEncoding('utf8')) {
      pids = [...pids, ...chunk.trim().split('\n').map(Number)];
      if (new Set(pids).size >= 4) break;
    }
    assert.ok(new Set(pids).size >= 4, `${pids}`);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    while (pids.some(lives)) await sleep(5);
  });
});

// Who has adopted it may take its time to reap it.
function lives(pid) {
  try {
    return !/\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

// What does a fork server promise?
import { silentClaimsOf } from '../helpers/claims.mjs';
import { runFixture } from '../helpers/run.mjs';
import assert from 'node:assert/strict';

describe('forkServer()', function () {
  const claim = silentClaimsOf('run/fork-server.mjs');
  const CLAIMS = {
    children: 'gives each child the template as it is, and its arguments; brings back results and statuses',
    errors: 'rejects with what the function threw, and tells how a child ended that left nothing',
    modules: 'takes modules of both kinds, by path and by URL, and those that a hook of require() knows',
    'ports and descriptors': 'gives a child a port, descriptors, and sockets among its arguments',
    stdio: 'starts the template with the standard streams that it is given',
    'setup fails': 'rejects with what setup throws, and if it never comes to an end',
    'no room': 'gives a child, or says why not, where there is no room for a descriptor that goes along',
    'no room in a spare child': 'gives the task to another one, without a word, where a spare child has no room for it',
    'no room in any child': 'says why no child has the task, where there is no room for it in another one either',
    'no room on the way': 'goes on where the template cannot send descriptors',
    threads: 'refuses a template that has threads, by their names',
    'import and missed': 'tells which modules children miss, and loads them',
    spare: 'has children ready, and replaces them',
    signals: 'ends a child by kill(), by an AbortSignal, and when it is disposed of',
    'death of the template': 'rejects everything, and leaves no child, when the template is gone',
    garbage: 'is not concerned by what a child writes to each descriptor that it has',
    close: 'ends the template and all children, stopped ones too, and keeps no descriptor',
    'death of the requester': 'leaves nothing when the requester is gone',
    'ref and unref': 'lets go of a requester that has nothing else to do, if it is told to',
    'in a Worker': 'works from a Worker, beside others that are busy',
    'the end of a Worker': 'leaves nothing when the Worker is gone that has started it',
    'forks of the requester': 'is not inherited by children of the requester',
    'holds no more': 'holds no more descriptors after many children, in neither process',
    pool: 'gives a pool its children',
    'ends with a port': 'brings what a child posted before its end',
    arguments: 'checks its arguments before it starts anything',
  };
  for (const [what, text] of Object.entries(CLAIMS)) it(text, claim(what));

  // POSIX_FORK_STRESS=2500: a minute and a half each, on two cores that the Workers share. Many at a time, or most of it would be waiting for a processor.
  const stress = process.env.POSIX_FORK_STRESS;
  const [count, workers, clients] = stress ? [Number(stress), 8, 64] : [30, 2, 4];
  for (const [name, spare] of Object.entries({ 'with spare children': clients / 2, 'without spare children': 0 })) {
    it(`loses none of ${count} requests beside ${workers} busy Workers, ${name}`, async function () {
      const deadline = 40_000 + count * 200;
      this.timeout(deadline + 5000);
      const args = ['many requests', count, workers, clients, spare];
      const { code, stderr } = await runFixture('run/fork-server.mjs', args, { deadline });
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    });
  }
});

// What is left of a fork server when one of its processes dies, or is stopped, at the worst time?
import assert from 'node:assert/strict';
import { buildAddon } from '../helpers/addon.mjs';
import { claimsOf, silentClaimsOf } from '../helpers/claims.mjs';
import { runFixture } from '../helpers/run.mjs';

const FIXTURE = 'run/fork-server-deaths.mjs';
const ROUNDS = Number(process.env.POSIX_FORK_STRESS ?? (process.env.POSIX_FORK_FULL ? 30 : 2));

describe('a death in a fork server', function () {
  const claim = silentClaimsOf(FIXTURE);
  const CLAIMS = {
    'a spare child': 'of a spare child that was told its task and has not begun it: another one has it',
    'all spare children': 'of all spare children: a new one has the task',
    'idle spare children': 'of spare children that have nothing to do: they are replaced at once, unless it is a storm',
    'at work': 'of a child that has begun its task: nobody does it again',
    'a stopped template': 'of children of a stopped template: nobody waits for it',
    'a stopped template that cannot be looked at': 'of children of a stopped template: to look at it ends nobody',
    'a template that goes on': 'of children of a template that is busy, or goes on later',
    'out of heap': 'of a child that has filled its heap: the others are not concerned',
  };
  for (const [what, text] of Object.entries(CLAIMS)) it(text, claim(what));

  it('of a child, or the template, that the kernel kills for its memory', async function () {
    const printed = await claimsOf(FIXTURE)('out of memory');
    if (printed !== '') this.skip();
  });

  for (const who of ['child', 'template', 'requester']) {
    it(`at its n-th system call, of the ${who}: nobody hangs, and nothing is left`, async function () {
      this.timeout(60_000 + ROUNDS * 4000);
      const library = buildAddon('faults');
      const { code, stdout, stderr } = await runFixture(FIXTURE, ['at its n-th call', library, ROUNDS, who], {
        deadline: 40_000 + ROUNDS * 4000,
        env: { LD_PRELOAD: [library, process.env.LD_PRELOAD].filter(Boolean).join(' ') },
      });
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    });
  }
});

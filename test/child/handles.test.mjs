// Does a handle of the parent's hold its child open, or act in it?
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { buildAddon } from '../helpers/addon.mjs';
import { runFixture } from '../helpers/run.mjs';

// A new pid namespace needs privileges.
const unshare = ['unshare', '--pid', '--fork', '--mount-proc'];
const mayUnshare = spawnSync(unshare[0], [...unshare.slice(1), 'true']).status === 0;

const KINDS = {
  udp: ['is not kept alive by a datagram socket of its parent’s'],
  'udp-pending': [
    'neither hears that its parent’s datagrams were sent, nor waits for it',
    { execArgv: ['--test-udp-no-try-send'] },
  ],
  poll: ['takes nothing from the descriptors that an addon polls in its parent, nor waits for them'],
  'poll-writable': ['is not called, turn after turn, for what an addon of its parent’s waits to write to'],
  'pid-reuse': ['does not take a child of its own for one of its parent’s that had the same pid', { wrapper: unshare }],
  'watch-memory': ['leaves the watch alone in whose callback it was forked'],
  'watch-all': [
    'goes on with its parent’s watches if it inherits all, also where it was forked in the callback of one',
  ],
  date: ['serves the right Date, though its parent had served one'],
};

describe('the child', function () {
  for (const [kind, [claim, options]] of Object.entries(KINDS)) {
    it(claim, async function () {
      if (options?.wrapper && !mayUnshare) return this.skip();
      const args = kind.startsWith('poll') ? [kind, buildAddon('poll')] : [kind];
      const { code, stderr } = await runFixture('child/handles.mjs', args, options);
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    });
  }
});

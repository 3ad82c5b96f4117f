// What does a child hear of its parent's connections that it has objects for?
import assert from 'node:assert/strict';
import { silentClaimsOf } from '../helpers/claims.mjs';
import { report, runFixture } from '../helpers/run.mjs';

const CLAIMS = {
  'not heard': 'is not ended by a write to one whose errors nobody listens to; the callback of the write says EPIPE',
  heard: 'hears of it who listens, also from after the write on',
  pipeline: 'hears of it in a pipeline',
  own: 'is ended by such an error of a connection of its own, or of one that was kept, as any process is',
  'started with': 'has none that is its parent’s descriptor 0, and has the standard streams',
  'made there': 'has none that its parent made where a standard stream was',
};

describe('a child, of its parent’s connections,', () => {
  const silent = silentClaimsOf('child/connections.mjs');
  for (const [claim, what] of Object.entries(CLAIMS)) it(what, silent(claim));
});

describe('an http.Agent of the program’s', () => {
  for (const [claim, what] of Object.entries({
    idle: 'gives a child a connection of its own where it had kept one',
    full: 'has room for a child’s where the parent has as many as it may; what waits for one is sent by the parent alone',
    same: 'sends in a child no request that its parent made in the tick of the fork, on an idle connection',
    total: 'counts for a child what is the child’s',
    kept: 'has in the child the connection that the fork keeps',
  }))
    it(what, async () => assert.deepEqual(report(await runFixture('child/agents.mjs', [claim])), [true]));
});

describe('fetch()', () => {
  for (const what of ['none', 'another class', 'a getter that throws', 'null'])
    it(`goes on in a child where the program has put ${what} in the place of Response`, async () => {
      const result = await runFixture('child/fetch-without-response.mjs', [what]);
      assert.equal(report(result), 'answer', result.stderr);
    });
});

describe("esbuild's process", () => {
  it("stays the parent's: children and theirs have one of their own", async () => {
    const result = await runFixture('child/esbuild-process.cjs');
    assert.deepEqual(report(result), ['PARENT', ['CHILD', ['GRANDCHILD']], 'PARENT AGAIN'], result.stderr);
  });
});

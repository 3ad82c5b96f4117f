// Does any child ever answer its parent's clients?
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';

const { POSIX_FORK_STRESS: STRESS, POSIX_FORK_FULL: FULL } = process.env;
const DURATION = STRESS ? 10_000 : FULL ? 1_400 : 400; // ms

describe('a server whose process forks under load', function () {
  this.timeout(DURATION + 60_000);
  const serve = async (kind) => {
    const outcome = await runFixture('child/answers.mjs', [kind, DURATION], { deadline: DURATION + 40_000 });
    assert.deepEqual([outcome.code, outcome.stderr], [0, '']);
    return report(outcome);
  };

  for (const kind of ['http', 'https']) {
    it(`answers all requests itself, and loses none (${kind}, keep-alive)`, async () => {
      const { parent, children, answers, errors } = await serve(kind);
      assert.equal(errors, 0);
      assert.deepEqual(Object.keys(answers), [String(parent)]);
      assert.ok(children > 5 && answers[parent] > 100, `${children} children, ${answers[parent]} answers`);
    });
  }

  for (const kind of ['keep', 'keep-https']) {
    it(`shares the load with its children if they keep the server (${kind})`, async () => {
      const { answers, errors } = await serve(kind);
      assert.equal(errors, 0);
      assert.equal(Object.keys(answers).length, 3, JSON.stringify(answers));
    });
  }
});

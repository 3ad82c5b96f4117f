// Does the package say what cannot work, and keep from returning into a child that may hang?
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';
import { withoutSymbol } from '../helpers/without-symbol.mjs';

describe('support()', () => {
  it('is full on this Node.js', async () => {
    const { support, fork, bare } = report(await runFixture('support/support.cjs'));
    assert.equal(support.fork, 'full');
    assert.deepEqual(support.reasons, []);
    assert.equal(support.tested.here, true);
    assert.ok(support.tested.versions.some((version) => process.version.startsWith(`v${version}.`)));
    assert.deepEqual([support.facts.length > 4, support.facts.filter(({ holds }) => !holds)], [true, []]);
    assert.deepEqual([fork, bare], [3, 4]);
  });

  for (const symbol of [
    '_ZN4node23WorkerThreadsTaskRunnerC1Ei',
    '_ZNK4node23WorkerThreadsTaskRunner21NumberOfWorkerThreadsEv',
  ]) {
    it(`is bare where the node binary hides ${symbol}, and only a bare fork works`, async function () {
      const major = Number(process.versions.node.split('.')[0]);
      const hidden = symbol.endsWith('C1Ei') && major >= 22 ? `${symbol}NS_21PlatformDebugLogLevelE` : symbol;
      const { support, fork, bare } = await withoutSymbol(hidden, async (node) =>
        report(await runFixture('support/support.cjs', [], { node })),
      );
      assert.equal(support.fork, 'bare');
      assert.match(support.reasons.join(), new RegExp(symbol));
      assert.equal(fork.code, 'ERR_FORK_UNSUPPORTED_RUNTIME');
      assert.match(fork.message, new RegExp(symbol));
      assert.equal(bare, 4);
    });
  }

  it('says what is lost where Node.js is made otherwise than it was', async () => {
    const { support } = report(await runFixture('support/support.cjs', ['{}', 'internal/http']));
    assert.deepEqual(
      support.facts.filter(({ holds }) => !holds).map(({ without }) => without),
      ['the Date header of HTTP responses stays the same in a child'],
    );
  });

  it('names the flag that forbids addons', async () => {
    const { support, fork } = report(await runFixture('support/support.cjs', [], { execArgv: ['--no-addons'] }));
    assert.equal(support.fork, 'unsupported');
    assert.match(fork.message, /disabled\. Run Node\.js without --no-addons$/);
  });

  // Node 20: such a child crashed 15 times of 15 where fork() was called in a callback of fs; Node 22 and later, none of 36.
  it('is bare where libuv has a ring that it cannot fork', async () => {
    const { support, fork } = report(await runFixture('support/support.cjs', [], { env: { UV_USE_IO_URING: '1' } }));
    const old = process.versions.node.startsWith('20.');
    assert.equal(support.fork, old ? 'bare' : 'full');
    assert.equal(/UV_USE_IO_URING/.test(support.reasons.join()), old);
    assert.equal(old ? fork.code : fork, old ? 'ERR_FORK_UNSUPPORTED_RUNTIME' : 3);
  });

  for (const [pretend, reason] of [
    [{ platform: 'darwin' }, /the platform is darwin, not linux/],
    [{ bun: '1.2.3' }, /the runtime is bun/],
    [{ type: 'renderer' }, /Electron's renderer/],
  ]) {
    it(`is unsupported with ${JSON.stringify(pretend)}: importing works, every call throws`, async () => {
      const { support, fork, bare, waitpid } = report(
        await runFixture('support/support.cjs', [JSON.stringify(pretend)]),
      );
      assert.equal(support.fork, 'unsupported');
      assert.match(support.reasons.join(), reason);
      assert.deepEqual(
        [fork.code, bare.code, waitpid.code],
        ['ERR_FORK_UNSUPPORTED_RUNTIME', 'ERR_FORK_UNSUPPORTED_RUNTIME', 'ERR_FORK_UNSUPPORTED_RUNTIME'],
      );
      assert.match(fork.message, reason);
    });
  }
});

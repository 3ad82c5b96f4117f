// Do the at-fork handlers run when, where and in the order that registerAtFork() says?
import assert from 'node:assert/strict';
import { buildAddon } from '../helpers/addon.mjs';
import { report, runFixture } from '../helpers/run.mjs';

const run = async (...args) => report(await runFixture('fork/at-fork.mjs', args));

describe('registerAtFork()', () => {
  it('runs before in reverse, the others in the order of registration, and not what was disposed', async () => {
    const { stdout } = await runFixture('fork/at-fork.mjs', ['order']);
    const [child, parent] = stdout.trim().split('\n').map(JSON.parse);
    const before = ['d.before', 'c.before', 'a.before'];
    assert.deepEqual(parent, [...before, 'a.parent', 'c.parent', 'd.parent']);
    assert.deepEqual(child, [...before, 'a.child', 'c.child', 'd.child']);
  });

  it('forks nothing if a before throws, undoes those that ran, and hands the error on', async () => {
    const result = await run('beforeThrows');
    assert.deepEqual(result, { error: 'no', calls: ['c.before', 'c.parent'], children: '' });
  });

  it('returns the pid though an afterInParent throws, and reports that on the next turn', async () => {
    const { now, uncaught, calls, code } = await run('parentThrows');
    assert.deepEqual({ now, uncaught, code }, { now: [], uncaught: ['first'], code: 6 });
    assert.deepEqual(calls, ['b.before', 'a.before', 'b.parent']);
  });

  it('ends a child whose afterInChild throws, with code 1 and the message, past any catch', async () => {
    const result = await runFixture('fork/at-fork.mjs', ['childThrows']);
    assert.equal(report(result), 1);
    assert.match(result.stderr, /afterInChild handler failed.*\n.*Error: child is broken/);
  });

  it('refuses what does not work: async handlers, promises, forks within, wrong types', async () => {
    assert.deepEqual(await run('refuses'), {
      async: 'ERR_INVALID_ARG_VALUE',
      generator: 'ERR_INVALID_ARG_VALUE',
      type: 'ERR_INVALID_ARG_TYPE',
      empty: 'ERR_INVALID_ARG_VALUE',
      none: 'ERR_INVALID_ARG_TYPE',
      returned: { error: 'ERR_INVALID_RETURN_VALUE', children: '' },
      recursion: 'ERR_FORK_IN_HANDLER',
    });
  });
});

describe('a library with fork handlers of its own', () => {
  // Such as another copy of this package.
  it('comes to no deadlock with ours, when one thread forks and another spawns through libuv', async () => {
    const library = buildAddon('lock_over_fork');
    assert.deepEqual(report(await runFixture('fork/at-fork.mjs', ['beside', library])), [3]);
  });
});

describe('a child that libuv forks for an exec', () => {
  // The allocator may not be the C library's, and was copied as another thread had it. That this is seen: a child of fork() does.
  it('asks for no memory, in any generation', async () => {
    const library = buildAddon('no_malloc_in_child');
    const preload = { LD_PRELOAD: [library, process.env.LD_PRELOAD].filter(Boolean).join(' ') };
    const result = report(await runFixture('fork/at-fork.mjs', ['noMalloc', library], { env: preload }));
    assert.deepEqual(result, { first: [0, 0], generation: 0, allocates: 99 });
  });
});

describe('a lock that a thread of an addon and a Worker hold at the moment of the fork', () => {
  const times = Number(process.env.POSIX_FORK_STRESS ?? 100);
  const deadlock = async (...args) =>
    report(await runFixture('fork/at-fork.mjs', ['deadlock', ...args], { deadline: 40_000 + times * 200 }));
  // Both are named, and nothing is forked if the policy says so.
  const said = { refused: 'ERR_FORK_THREADS', none: '', named: true };

  it('stays locked in the child for ever', async () => {
    const { good, ...rest } = await deadlock(times, 'nothing');
    assert.deepEqual(rest, said);
    assert.ok(good < times);
  });

  it(`does not, ${times} times in a row, if the handlers take it over the fork`, async () => {
    assert.deepEqual(await deadlock(times, 'handlers'), { ...said, good: times });
  });

  it(`does not, ${times} times in a row, if the threads were ended first`, async () => {
    assert.deepEqual(await deadlock(times, 'end'), { ...said, good: times });
  });
});

// Does fork() warn as the policy says, of the user's line, once?
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { report, runFixture } from '../helpers/run.mjs';

const NATIVE_THREADS = path.join(import.meta.dirname, '../helpers/native-threads/build/Release/native_threads.node');
const attempt = async (what, env) => report(await runFixture('fork/policy.mjs', [what], { env }));

describe('the thread warning', () => {
  it('has its type and code, names the thread, and its stack begins at the line of the user', async () => {
    const { tid, results, warnings } = await attempt('default');
    assert.deepEqual(results, ['forked']);
    const [{ name, code, message, stack }] = warnings;
    assert.deepEqual({ name, code }, { name: 'ForkThreadWarning', code: 'POSIX_FORK_THREADS' });
    assert.match(message, new RegExp(`thread "a library" of native_threads\\.node \\(tid ${tid}, in read\\)`));
    assert.match(message, /stays locked in the child.*Instead: .*spawn\(\).*docs\/thread-warning\.md/);
    const frames = stack.split('\n').slice(1);
    assert.match(frames[0], /at userFunction \(.*policy\.mjs:\d+:\d+\)/);
    assert.ok(frames.length > 3, 'the whole stack');
    assert.doesNotMatch(stack, /dist\//);
  });

  describe('names the package of a thread', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'posix-fork-policy-'));
    after(() => rmSync(folder, { recursive: true }));

    const warningOf = async (name) => {
      const ADDON = path.join(folder, 'node_modules', name, 'lib/addon.node');
      mkdirSync(path.dirname(ADDON), { recursive: true });
      copyFileSync(NATIVE_THREADS, ADDON); // a link would be seen through
      const { warnings } = await attempt('default', { ADDON });
      return warnings[0].message;
    };

    it('of which nothing is known: a lock may stay locked', async () => {
      const message = await warningOf('@scope/name');
      assert.match(message, /thread "a library" of @scope\/name \(tid \d+, in read\)\. A lock that it holds/);
    });

    it('whose threads do its work: it is not to be used', async () => {
      const message = await warningOf('lightningcss-linux-x64-gnu');
      assert.match(
        message,
        /thread "a library" of lightningcss \(tid \d+, in read\)\. Of lightningcss: .*do not use it in the child/,
      );
      assert.doesNotMatch(message, /A lock/);
    });
  });

  it('shows the stack on stderr without any flag', async () => {
    const { stderr } = await runFixture('fork/policy.mjs', ['default']);
    assert.match(stderr, /\[POSIX_FORK_THREADS\] ForkThreadWarning: .*\n {4}at userFunction \(.*policy\.mjs/);
  });

  for (const [what, name] of [
    ['run', 'userRuns'],
    ['map', 'userMaps'],
    ['handlers', 'userFunction'],
  ]) {
    it(`blames the line of the user and nothing of ours (${what})`, async () => {
      const { warnings } = await attempt(what);
      assert.equal(warnings.length, 1);
      const [{ message, stack }] = warnings;
      assert.match(message, /thread "a library"/);
      assert.match(stack.split('\n')[1], new RegExp(`at ${name} \\(.*policy\\.mjs:\\d+:\\d+\\)`));
      assert.doesNotMatch(stack, /dist\//);
    });
  }

  it('is an error of forkRun, too', async () => {
    const { tid, results } = await attempt('throwRun');
    const [{ code, stack, threads, children }] = results;
    assert.deepEqual({ code, children, tids: threads.map((thread) => thread.tid) }, { code: 'ERR_FORK_THREADS', children: 0, tids: [tid] }); // prettier-ignore
    assert.match(stack.split('\n')[1], /at userRuns \(.*policy\.mjs/);
  });

  it('comes in the parent, not in the child again', async () => {
    const { results, warnings } = await attempt('child');
    assert.deepEqual([results, warnings.length], [[0], 1]);
  });

  it('comes in the parent, not in the children that are forked before it is printed', async () => {
    const { results, warnings } = await attempt('siblings');
    assert.deepEqual([results, warnings.length], [[0, 0], 1]);
  });

  it('says what the thread of module hooks means, and what to do about it', async () => {
    const register = 'import { register } from "node:module"; register("data:text/javascript,export {}");';
    const execArgv = ['--import', `data:text/javascript,${register}`];
    const { warnings } = report(await runFixture('fork/policy.mjs', ['default'], { execArgv }));
    const { message } = warnings.find(({ code }) => code === 'POSIX_FORK_THREADS');
    assert.match(message, /a Worker, perhaps that of module\.register\(\) \(tid \d+, /);
    assert.match(message, /Instead: .*use module\.registerHooks\(\) instead of module\.register\(\)/);
    assert.doesNotMatch((await attempt('default')).warnings[0].message, /module\.register/);
  });

  it('comes once for each line that calls', async () => {
    const { warnings } = await attempt('lines');
    assert.equal(warnings.length, 2);
  });

  for (const [how, what, env] of [
    ['setThreadPolicy', 'throw', {}],
    ['the environment', 'default', { POSIX_FORK_THREADS: 'throw' }],
  ]) {
    it(`is an error, and nothing is forked, if ${how} says 'throw'`, async () => {
      const { tid, results, warnings } = await attempt(what, env);
      const [{ code, message, stack, threads, children }] = results;
      assert.deepEqual({ code, children, warnings }, { code: 'ERR_FORK_THREADS', children: 0, warnings: [] });
      assert.deepEqual(
        threads.map((thread) => [thread.tid, thread.name, thread.kind]),
        [[tid, 'a library', 'foreign']],
      );
      assert.match(message, /thread "a library".*Nothing was forked/);
      assert.match(stack.split('\n')[1], /at userFunction \(.*policy\.mjs/);
    });
  }

  for (const [what, env] of [
    ['ignore', { POSIX_FORK_THREADS: 'throw' }], // the program knows better than its environment
    ['default', { POSIX_FORK_THREADS: 'ignore' }],
  ]) {
    it(`is silent if told so (${what})`, async () => {
      const { results, warnings } = await attempt(what, env);
      assert.deepEqual({ results, warnings }, { results: ['forked'], warnings: [] });
    });
  }

  it('can be chosen for one call', async () => {
    const { results, warnings } = await attempt('call', { POSIX_FORK_THREADS: 'warn' });
    assert.deepEqual([results[0].code, results[1], warnings], ['ERR_FORK_THREADS', 'forked', []]);
  });

  it('refuses a policy that there is not, wherever it comes from', async () => {
    const { results } = await attempt('wrong');
    assert.deepEqual(
      results.map(({ code }) => code),
      ['ERR_INVALID_ARG_VALUE', 'ERR_INVALID_ARG_VALUE'],
    );
    const { results: fromEnvironment } = await attempt('default', { POSIX_FORK_THREADS: 'thorw' });
    assert.equal(fromEnvironment[0].code, 'ERR_INVALID_ARG_VALUE');
    assert.match(fromEnvironment[0].message, /POSIX_FORK_THREADS.*thorw/);
  });
});

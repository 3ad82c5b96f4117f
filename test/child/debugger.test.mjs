// Is a child left alone by its parent's debugger, and can it be debugged itself?
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';

// As Node 22 and later have without being asked.
const execArgv = process.version.startsWith('v20.') ? ['--no-warnings', '--experimental-websocket'] : [];

describe('a child whose parent is debugged', () => {
  it('waits at no breakpoint, holds no port, can open one of its own, and the debugger stays the parent’s', async () => {
    const result = await runFixture('child/beside-debugger.mjs', [], { execArgv });
    const expected = {
      before: null,
      own: true,
      grandchild: null,
      parentDebugged: true,
      again: true,
      result: 'lives on',
    };
    assert.deepEqual(report(result), expected, result.stderr);
  });
});

describe('SIGUSR1', () => {
  it('opens a port of its own in a child and a grandchild', async () => {
    const result = await runFixture('child/debug-signal.mjs');
    assert.deepEqual(report(result), { own: true, opened: [true, true], heard: 0 }, result.stderr);
  });

  it('is the program’s where it has a listener', async () => {
    const result = await runFixture('child/debug-signal.mjs', ['listener']);
    assert.deepEqual(report(result), { own: true, opened: [false, false], heard: 0 }, result.stderr);
  });

  it('opens none with --disable-sigusr1', async function () {
    if (!process.allowedNodeEnvironmentFlags.has('--disable-sigusr1')) this.skip();
    const result = await runFixture('child/debug-signal.mjs', [], { execArgv: ['--disable-sigusr1'] });
    assert.deepEqual(report(result), { own: true, opened: [false, false], heard: 0 }, result.stderr);
  });
});

describe('a child with POSIX_FORK_INSPECT', () => {
  it('has a port of its own, and can be stopped at a breakpoint, looked into and profiled', async () => {
    const result = await runFixture('child/debugged-child.mjs', [], { execArgv });
    const expected = { count: 7, profiled: true, result: 'finished by its debugger', parents: null };
    assert.deepEqual(report(result), expected, result.stderr);
    assert.match(result.stderr, /^Debugger listening on ws:\/\/127\.0\.0\.1:\d+\//m);
  });

  it('is refused what is no port, before anything is forked', async () => {
    const result = await runFixture('child/debugged-child.mjs', ['nowhere'], { execArgv });
    assert.match(result.stderr, /ERR_INVALID_ARG_VALUE.*POSIX_FORK_INSPECT|POSIX_FORK_INSPECT' must be a port/s);
    assert.equal(result.stdout, '');
  });
});

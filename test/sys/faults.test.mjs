// What if a system call of the native layer fails? Each in turn is made to fail (test/native/faults.c): the error reaches the
// caller or is handled for a reason, the parent goes on, and nothing leaks. A child that cannot be set up ends, and says so.
//
// Here the first call of each kind fails; with POSIX_FORK_FAULTS=all (npm run test:faults) the first twenty.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildAddon } from '../helpers/addon.mjs';
import { ERRORS, handledBecause, INSTEAD, NOT_FAULTED, plain } from '../helpers/faults.mjs';
import { runFixture } from '../helpers/run.mjs';

const DEPTH = process.env.POSIX_FORK_FAULTS === 'all' ? 20 : 1;
const OPERATIONS = [
  ...[
    'fork',
    'forkLarge',
    'forkBare',
    'spawn',
    'spawnMuch',
    'spawnWho',
    'spawnChild',
    'spawnPlace',
    'spawnJoin',
    'spawnCgroup',
    'missingCalls',
    'waitpid',
    'waitpidChanges',
    'waitpidSync',
    'wait',
    'waitFirst',
  ],
  ...[
    'waitSync',
    'waitGroup',
    'kill',
    'killOthers',
    'pipe',
    'socketpair',
    'socketMessage',
    'sendFds',
    'mkfifo',
    'name',
    'priority',
    'waitid',
    'waitidSync',
    'dup2',
    'dup2Self',
    'getpgid',
    'setpgid',
    'getsid',
    'setsid',
    'tcgetpgrp',
    'tcsetpgrp',
  ],
  ...[
    'setPdeathsig',
    'setChildSubreaper',
    'execve',
    'execElsewhere',
    'execvp',
    'fexecve',
    'threads',
    'support',
    'reapOrphans',
    'flock',
    'prlimit',
    'dup',
    'cloexec',
    'nonblock',
    'rlimit',
    'pidfd',
    'spawnPty',
    'openpty',
    'termios',
  ],
  ...['sharedMemory', 'atomicWait', 'sharedLock'],
];
// What libuv and Node call while the child is repaired. (Threads they start later: test/fork/limits.test.mjs.)
const OF_THE_REPAIR = ['epoll_create1', 'epoll_ctl', 'eventfd', 'inotify_init1', 'pipe2'];

// V8 maps and unmaps as it goes; nobody polls for what has ended already, or sleeps until a thread rests that does.
const BY_CHANCE = ['madvise', 'poll', 'nanosleep', 'usleep', 'SYS_waitid'];

describe('a system call that fails', function () {
  this.timeout(300_000);
  let library;
  before(function () {
    if (!process.env.POSIX_FORK_FULL && !process.env.POSIX_FORK_FAULTS) this.skip(); // 15 s: in the matrix
    library = buildAddon('faults');
  });

  async function run(operation, ...args) {
    const outcome = await runFixture('sys/faults.mjs', [library, operation, ...args], {
      deadline: 280_000,
      env: { LD_PRELOAD: [library, process.env.LD_PRELOAD].filter(Boolean).join(' ') },
    });
    assert.equal(outcome.code, 0, `${outcome.signal} ${outcome.stdout.split('\n').length} ${outcome.stderr}`);
    return {
      ...outcome,
      lines: outcome.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    };
  }

  function check(operation, usual, fault, line, stderr) {
    const [call, error, nth, inChild] = fault;
    const what = `${fault.join(' ')}: ${JSON.stringify(line)}`;
    const byChance = BY_CHANCE.includes(call) || (inChild && call === 'pthread_create'); // V8's workers, as it begins to work
    if (nth === 1 && !byChance) assert.ok(line.injected >= 1, what);
    // The set that all later waits for any child share.
    const kept = operation === 'waitFirst' ? /^descriptors: (\d+) -> \d+$/ : undefined;
    assert.ok(line.leak === undefined || kept?.test(line.leak), what);
    assert.equal(line.wrong, undefined, what);
    if (line.injected === 0) return;
    if (line.value === usual) {
      // What was made writable stays so.
      const inVain = call === 'mprotect' && nth % 2 === 0;
      // The parent's first two make the heap inheritable. All others, and all of a child's, mark it again: what is not
      // marked costs a later spawn time.
      const marks = call === 'madvise' && (nth > 2 || inChild);
      assert.ok(handledBecause(operation, plain(call), error) || inVain || marks, `nobody was told of ${what}`);
    } else if (`${operation} ${call}` in INSTEAD) {
      assert.equal(line.value, INSTEAD[`${operation} ${call}`], what);
    } else if (inChild && !operation.startsWith('spawn')) {
      // Libuv's and Node's own answer to a thread that cannot be started, or a descriptor that is not to be had.
      if (line.value !== 'SIGABRT') {
        assert.equal(line.value, 'exited 1', what);
        assert.match(stderr, /posix-fork: the forked child could not be set up: /);
      }
    } else {
      assert.match(String(line.value), new RegExp(`^\\w+ ${error}$`), what);
    }
  }

  for (const operation of OPERATIONS) {
    it(`is told of or handled, and leaves nothing: ${operation}`, async () => {
      const [{ value: usual, seen }] = (await run(operation)).lines;
      const faults = [];
      for (const [call, counts] of Object.entries(seen)) {
        for (const error of ERRORS[plain(call)] ?? []) {
          for (const side of [0, 1]) {
            for (let nth = 1; nth <= Math.min(counts[side], DEPTH); nth++) {
              // Only a child that was reaped has no group, and then never has one again.
              faults.push([call, error, call === 'getpgid' && operation === 'waitGroup' ? 0 : nth, side, 0]);
            }
          }
        }
      }
      const groups = operation === 'waitFirst' ? faults.map((fault) => [fault]) : [faults];
      for (const group of groups) {
        const { lines, stderr } = await run(operation, JSON.stringify(group));
        assert.equal(lines.length, group.length);
        for (const [i, line] of lines.entries()) check(operation, usual, group[i], line, stderr);
      }
    });
  }

  it('ends the child if it is one of libuv or Node while the child is repaired', async () => {
    const { seen } = (await run('fork', '', 'anybody')).lines[0];
    const faults = [];
    const inChild = OF_THE_REPAIR.filter((call) => seen[call]?.[1] > 0);
    // Node 20 alone enters descriptors into the new set before the fork is done.
    assert.deepEqual(
      OF_THE_REPAIR.filter((call) => !inChild.includes(call) && call !== 'epoll_ctl'),
      [],
    );
    for (const call of inChild) {
      for (let nth = 1; nth <= Math.min(seen[call][1], DEPTH + 1); nth++) {
        faults.push([call, ERRORS[call][0], nth, 1, 1]);
      }
    }
    const { lines, stderr } = await run('fork', JSON.stringify(faults));
    for (const [i, line] of lines.entries()) {
      // libuv takes descriptors from the new set, which knows none of them (ForgetPollBatchInChild): it may fail.
      if (faults[i][0] === 'epoll_ctl' && line.value === 'exited 7') continue;
      check('fork', undefined, faults[i], line, stderr);
    }
  });

  it('is told of where libuv cannot watch the pidfd of a waitid(), and leaves nothing', async () => {
    const fault = ['epoll_ctl', 'ENOSPC', 1, 0, 1];
    const { lines, stderr } = await run('waitid', JSON.stringify([fault]));
    check('waitid', undefined, fault, lines[0], stderr);
  });

  it('is none that has been forgotten here', async () => {
    const { names } = createRequire(import.meta.url)(library);
    const wrapped = names();
    for (const call of Object.keys(ERRORS)) assert.ok(wrapped.includes(call), call);
    const addon = path.resolve(import.meta.dirname ?? '.', '../../build/Release/posix_fork.node');
    const symbols = execFileSync('nm', ['-D', '--undefined-only', addon], { encoding: 'utf8' });
    const imported = [...symbols.matchAll(/ U (\w+)/g)].map(([, name]) => name);
    // Node's and libuv's, the C++ library's, and syscall(2), of which each is listed.
    const others = /^(napi_|node_api_|uv_|_Z|__cxa_|__gxx_|_Unwind_|syscall$)/;
    const known = new Set([...wrapped, ...Object.values(NOT_FAULTED).flat()]);
    assert.deepEqual(
      imported.filter((name) => !others.test(name) && !known.has(name)),
      [],
    );
    assert.ok(imported.filter((name) => name in ERRORS).length > 30);
  });
});

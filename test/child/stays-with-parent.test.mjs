// Row by row: what is the child's, and what stays the parent's alone? A fixture a row.
import assert from 'node:assert/strict';
import { runFixture } from '../helpers/run.mjs';

const ROWS = {
  timers: 'has none of its parent’s timers and immediates, and its own work',
  'timers-generations': 'has its own timers and immediates if it forks before its loop has turned',
  interval: 'has neither the interval in whose callback it was forked nor the timers due with it',
  patched: 'has no such interval if its program has patched what is built in',
  faked: 'has no timers and immediates of its parent’s where a test has put its own clock in their place',
  'timer-throws': 'has no rest of a batch of timers if its callback throws',
  'timer-promise': 'has no timer of its parent’s if it was forked between two callbacks of a batch',
  immediate: 'has no rest of the batch of immediates in which it was forked',
  'immediate-promise': 'has no rest of that batch if it was forked between two of them',
  random: 'draws other UUIDs, integers, bytes and Math.random() than its parent, siblings and children',
  'random-waits': 'draws integers with a callback, though its parent waits for some',
  pid: 'knows its own pid, and its parent’s',
  tcp: 'can neither hear nor say anything on its parent’s connections, nor hold them open',
  pending: 'does not wait for what its parent was writing, sending and connecting',
  connecting: 'makes no connection that its parent asked for in the same tick',
  'in-flight-fetch': 'lets its own child hear nothing of a fetch() of their parent’s, nor send one',
  parser: 'sends no request of its parent’s that waits for fetch() to be ready, and has fetch() itself',
  'parser-of-package': 'does not go on with what waits for that of undici’s own package, and has that, too',
  batch: 'has no rest of the poll batch in which it was forked',
  udp: 'takes no datagram of its parent’s',
  pipe: 'accepts no connection to its parent’s Unix socket',
  watch: 'does not see the files that its parent watches, and takes no watch from it',
  'watch-file': 'can watch a file itself that its parent watches by fs.watchFile()',
  'watch-callback': 'can be forked in a watcher’s callback',
  child_process: 'hears nothing of its parent’s children',
  'message-port': 'gets no messages of its parent’s threads',
  'message-batch': 'gets none of the messages that came with the one behind which it was forked',
  'message-port-holds': 'is not kept alive by a message port of its parent’s',
  workers: 'has no Workers, and is not held by what stood for its parent’s',
  ipc: 'has no IPC channel',
  'ipc-listener': 'is not kept alive by listening for what its parent is sent',
  cluster: 'is no worker of its grandparent’s cluster, and can listen',
  'stdin-pipe': 'does not read what its parent reads from a pipe',
  'stdin-tty': 'does not read what its parent reads from a terminal',
  'stdin-file': 'does not go on with its parent’s reading of a file',
  'stdin-child-pipe': 'can read the pipe itself that its parent was reading',
  'stdin-child-tty': 'can read the terminal itself that its parent was reading',
  stdout: 'writes to its parent’s stdout, also where that is a pipe or a socket',
  'full-stdout': 'does not write what its parent had still to write to a pipe that is full, and writes its own',
  tls: 'says nothing on its parent’s TLS connections, however it ends',
  'own-requests': 'can ask whom its parent has connections to',
  dns: 'hears no answer of its parent’s name servers, and can ask them',
  waits: 'has none of its parent’s children to wait for',
  'no-inspector': 'has its parent’s timers where node:inspector is missing, and support() says so',
  'random-not-found': 'is said by support() to repeat Math.random() where that is not V8’s',
  'other-process': 'knows its pid, and ends well, where its program has put something else into globalThis.process',
  'emitted-exit': 'goes on when the program has emitted exit itself',
  exit: 'has its parent’s exit listeners and signal handlers',
  places: 'can be forked in every kind of callback',
  keep: 'has what `keep` names',
  all: 'has everything with inherit: all',
};

const OUTPUT = { exit: 'signal child\nexit child\nexit parent\n' };

describe('the child by default', () => {
  for (const [row, claim] of Object.entries(ROWS)) {
    it(claim, async () => {
      const { code, stdout, stderr } = await runFixture(`child/stays-with-parent/${row}.mjs`);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, OUTPUT[row] ?? '');
      // Said by fork(), too: test/fork/leaks.test.mjs
      if (row === 'no-inspector') assert.match(stderr, /ForkLeakWarning/);
      else assert.equal(stderr, '');
    });
  }

  it('ends no child of its parent’s by the handles that it has inherited, nor by a signal or a dispose of theirs', async () => {
    const { code, stdout, stderr } = await runFixture('child/handles-of-children.mjs');
    assert.equal(code, 0, stderr);
    const alive = ['abort', 'kill', 'dispose'].map((name) => `${name} 7 live live\n`);
    assert.equal(stdout, `${alive.join('')}SIGTERM SIGKILL\n`);
  });

  for (const [where, what] of Object.entries({
    message: 'messages that it drops',
    stream: 'a stream that it does not read',
  })) {
    it(`collects nothing of its parent’s with ${what}`, async () => {
      const { stdout, stderr } = await runFixture('child/collected.mjs', [where]);
      assert.deepEqual({ stdout, stderr }, { stdout: '7\n', stderr: '' });
    });
  }

  it('shows hooks of async_hooks nothing of this package’s', async () => {
    const { code, stdout } = await runFixture('child/async-hooks.cjs');
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'init Timeout,before it' });
  });

  it('shows those that were enabled before nothing either: of a function that forkRun() was given, only what that does', async () => {
    const { code, stdout, stderr } = await runFixture('child/async-hooks-before.mjs');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const ofFork = 'PROMISE,Timeout,PROMISE,PROMISE,PROMISE'; // of its then() and await, too
    const own = ['PROMISE,Timeout', ofFork, ofFork, 'PROMISE,Timeout', ''];
    assert.deepEqual({ code, lines }, { code: 0, lines: own.map((each) => ({ own: each, heard: [] })) }, stderr);
  });

  it('shows them nothing of what lies between two calls of forkMap() and forkPool(), of a port that is not used, of SIGUSR1; each call is in its caller’s context', async () => {
    const heard = [];
    const expected = [
      { what: 'forkMap', stores: ['caller'], heard },
      { what: 'forkMap of what comes', stores: ['caller'], heard },
      { what: 'forkPool', stores: ['caller'], heard },
      { what: 'a port', stores: [null], heard },
      { what: 'a debugger', stores: [null], heard },
    ];
    for (const hooks of ['some', 'none']) {
      const { code, stdout, stderr } = await runFixture('child/async-hooks-own-loop.mjs', [hooks]);
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.deepEqual({ hooks, code, lines }, { hooks, code: 0, lines: expected }, stderr);
    }
  });
});

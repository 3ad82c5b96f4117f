// Do the examples that fork run as they say?
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../helpers/run.mjs';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const runExample = (name, args = [], env = {}) =>
  runCommand([process.execPath, `${EXAMPLES}${name}/main.mjs`, ...args], { deadline: 60_000, env });

describe('examples', () => {
  it('test-per-fork: no test sees what another left behind', async () => {
    const { stdout } = await runExample('test-per-fork');
    const [first, second, third, ...crash] = stdout.trim().split('\n');
    assert.deepEqual([first, second], ['adds a user: ok', 'starts empty: ok']);
    assert.match(third, /^fails for a reason: not ok: Expected values/);
    assert.match(crash.at(-1), /^may crash: not ok: .*SIGABRT/);
  });

  it('prefork-server: the children answer, and the parent does not', async () => {
    const { code, stdout } = await runExample('prefork-server');
    assert.equal(code, 0, stdout);
    const answers = [...stdout.matchAll(/^\d+: (\d+)$/gm)].map(([, answer]) => Number(answer));
    assert.deepEqual(answers, [1, 4, 9, 16, 25]);
    assert.equal(stdout.split("signal: 'SIGTERM'").length - 1, 2);
  });

  it('parallel-index: the children answer as one process does', async () => {
    const { code, stdout } = await runExample('parallel-index');
    assert.match(stdout, /^equal to the sequential answer: 3000 of 3000 queries, \d+ occurrences$/m);
    assert.equal(code, 0);
  });

  it('word-count: the pool counts as one process does', async () => {
    const { code, stdout } = await runExample('word-count');
    assert.match(stdout, /^both count the same$/m);
    assert.equal(code, 0);
  });

  it('http-pool: the children answer, and count in memory that all share', async () => {
    const server = spawn(process.execPath, [`${EXAMPLES}http-pool/main.mjs`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const late = setTimeout(() => process.kill(-server.pid, 'SIGKILL'), 30_000);
    const ended = once(server, 'close');
    try {
      const [url] = String((await once(server.stdout, 'data'))[0]).split('\n');
      const get = async (path) => (await fetch(url + path, { headers: { connection: 'close' } })).json();
      const answers = await Promise.all(['/primes/10', '/primes/100', '/primes/10000'].map(get));
      assert.deepEqual(answers, [{ primes: 4 }, { primes: 25 }, { primes: 1229 }]);
      assert.deepEqual(await get('/stats'), { answered: 3, cached: 1, children: 2 });
    } finally {
      server.kill();
      assert.deepEqual(await ended, [0, null]);
      clearTimeout(late);
    }
  });

  it('supervisor: starts a program again that fails, and exits with its code', async () => {
    const { code, stderr } = await runExample('supervisor', ['/bin/sh', '-c', 'exit 3'], { MAX_FAILURES: '2' });
    assert.equal(code, 3);
    assert.match(stderr, /exited with 3\n.*again in 100 ms\n.*started \/bin\/sh, pid \d+\n.*exited with 3\n$/);
  });

  it('daemon: runs, once, until it is stopped', async () => {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'posix-fork-'));
    const daemon = (command) => runExample('daemon', [command, directory]);
    assert.equal((await daemon('start')).code, 0);
    const pid = Number(readFileSync(path.join(directory, 'timed.pid'), 'utf8'));
    try {
      assert.ok(isThere(pid), `pid ${pid}`);
      assert.match((await daemon('status')).stdout, /^it says 2/);
      const again = await daemon('start');
      assert.deepEqual([again.code, again.stdout], [1, `already running, pid ${pid}\n`]);
      await daemon('stop');
      while (isThere(pid)) await sleep(10); // until mocha's deadline
    } finally {
      if (isThere(pid)) process.kill(pid, 'SIGKILL');
      rmSync(directory, { recursive: true });
    }
  });
});

function isThere(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

// Does daemonize() make a daemon that its starter can trust?
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import posix from 'posix-fork';
import { isAlive } from '../helpers/processes.mjs';
import { pathOf, runCommand, runFixture } from '../helpers/run.mjs';

const TERMINAL = fileURLToPath(new URL('../helpers/terminal.py', import.meta.url));

describe('daemonize()', () => {
  let directory;
  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'posix-fork-daemon-'));
  });
  afterEach(async () => {
    // A daemon has left the group that run.mjs cleans up.
    for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory)) process.kill(pid, 'SIGKILL');
      } catch {
        // it has ended
      }
    }
    fs.rmSync(directory, { recursive: true, force: true });
  });

  const read = (name) => fs.readFileSync(path.join(directory, name), 'utf8');
  const start = (fate, ...rest) => runFixture('daemon/daemon.mjs', [fate, directory, ...rest]);
  const gone = async (pid) => {
    for (let i = 0; i < 300; i++) {
      if (!isAlive(pid)) return;
      await sleep(10);
    }
    assert.fail(`${pid} lives`);
  };

  it('returns in a process of a new session, with everything redirected, and ends the original with 0', async () => {
    const { code, stdout, stderr } = await start('live');
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    const { pid, pgrp, session, tty, ...report } = JSON.parse(read('report'));
    assert.deepEqual(report, {
      cwd: directory,
      umask: 0o027,
      fds: { 0: '/dev/null', 1: `${directory}/log`, 2: `${directory}/log` },
      terminals: [],
    });
    assert.equal(pgrp, session);
    assert.notEqual(session, pid); // no session leader: it can never get a terminal
    assert.equal(posix.getsid(pid), session);
    assert.equal(tty, 0);
    assert.equal(read('pid'), `${pid}\n`);
    assert.equal(read('log'), 'to the log\nerrors, too\n');
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    assert.match(status, /^PPid:\t/m);
    process.kill(pid, 'SIGTERM');
    await gone(pid);
    assert.equal(fs.existsSync(path.join(directory, 'pid')), false, 'a clean end removes the pidfile');
    assert.equal(read('exits'), `${pid} `, 'exit listeners ran in the daemon only');
  });

  it('respects the one that runs, and is not blocked by what a killed one left', async () => {
    assert.equal((await start('live')).code, 0);
    const { pid } = JSON.parse(read('report'));
    const second = await start('live');
    assert.equal(second.code, 3);
    const { message, ...error } = JSON.parse(second.stdout);
    assert.deepEqual(error, { code: 'ERR_FORK_PIDFILE_LOCKED', pid });
    assert.match(message, new RegExp(`Already running: .*/pid is locked by process ${pid}$`));
    assert.equal(read('pid'), `${pid}\n`);
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    assert.equal(read('pid'), `${pid}\n`, 'stale');
    assert.equal((await start('live')).code, 0);
    assert.notEqual(read('pid'), `${pid}\n`);
  });

  it('is not blocked by a forked child that outlives the daemon', async () => {
    assert.equal((await start('fork')).code, 0);
    const { pid } = JSON.parse(read('report'));
    while (!fs.existsSync(path.join(directory, 'child'))) await sleep(10);
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    process.kill(Number(read('child')), 0); // alive
    assert.equal((await start('live')).code, 0);
  });

  it('starts one of many that are started at once', async () => {
    const ends = await Promise.all(Array.from({ length: 6 }, () => start('live')));
    assert.deepEqual(ends.map(({ code }) => code).sort(), [0, 3, 3, 3, 3, 3]);
  });

  for (const [fate, message] of [
    ['throw', /^The daemon failed: Error: no luck\n/],
    ['reject', /^The daemon failed: Error: no luck either\n/],
    ['exit', /^The daemon exited with code 4 before it was ready\n$/],
    ['crash', /^The daemon ended before it was ready, and did not say why/],
  ]) {
    it(`ends the original with a message when the daemon ends before it is ready: ${fate}`, async () => {
      const begin = performance.now();
      const { code, stdout, stderr } = await start(fate);
      assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
      assert.match(stderr, message);
      assert.ok(performance.now() - begin < 2900, 'did not wait for the child of the daemon');
    });
  }

  it('says that a step of it failed', async () => {
    const { code, stdout } = await start('live', JSON.stringify({ cwd: '/no/such' }));
    assert.equal(code, 3);
    assert.deepEqual(JSON.parse(stdout).code, 'ENOENT');
    assert.equal(fs.existsSync(path.join(directory, 'pid')), false);
  });

  it('does not wait with ready: false', async () => {
    assert.equal((await start('at-once')).code, 0);
  });

  // One that another user may write to.
  function writeFor(pidfile, give) {
    const fd = fs.openSync(pidfile, 'w');
    fs.writeSync(fd, `${process.pid}\n`);
    give(fd);
    fs.closeSync(fd);
  }

  it('does not follow a link, nor write to what has another name, is no file, or is not the user’s alone', async () => {
    const precious = path.join(directory, 'precious');
    fs.writeFileSync(precious, 'precious');
    const pidfile = path.join(directory, 'pid');
    for (const [make, code] of [
      [() => fs.symlinkSync(precious, pidfile), 'ELOOP'],
      [() => fs.linkSync(precious, pidfile), 'ERR_FORK_PIDFILE_UNSAFE'],
      [() => fs.mkdirSync(pidfile), 'EISDIR'],
      [() => posix.waitpidSync(posix.spawn('mkfifo', [pidfile])), 'ERR_FORK_PIDFILE_UNSAFE'],
      [() => writeFor(pidfile, (fd) => fs.fchmodSync(fd, 0o664)), 'ERR_FORK_PIDFILE_UNSAFE'],
      ...(process.getuid() === 0
        ? [[() => writeFor(pidfile, (fd) => fs.fchownSync(fd, 65534, 65534)), 'ERR_FORK_PIDFILE_UNSAFE']]
        : []),
    ]) {
      make();
      const { stdout, ...end } = await start('live');
      assert.equal(end.code, 3);
      assert.equal(JSON.parse(stdout).code, code);
      assert.equal(fs.readFileSync(precious, 'utf8'), 'precious');
      fs.rmSync(pidfile, { recursive: true });
    }
  });

  it('takes along what is open', async () => {
    assert.equal((await start('serve')).code, 0);
    const { pid } = JSON.parse(read('report'));
    const socket = net.connect(path.join(directory, 'socket'));
    let text = '';
    for await (const chunk of socket.setEncoding('utf8')) text += chunk;
    assert.equal(text, String(pid));
  });

  it('lives if its original was reading stdin, and had more to print: that is printed once', async () => {
    // Its stdin is open and silent; its stdout is read when it waits for the daemon.
    const script = `sleep 20 | {
      { "$@"; echo "ended with $?" >&2; } | { until [ -e "$0/log" ]; do sleep 0.01; done; cat; }
      kill 0
    }`;
    const command = ['sh', '-c', script, directory, process.execPath, pathOf('daemon/watched.mjs'), directory];
    const { stdout, stderr } = await runCommand(command);
    assert.match(stderr, /^ended with 0$/m);
    assert.deepEqual([stdout.length, read('log')], [200_000, 'to the log\n']);
  });

  it('lets go of the terminal, also of one that was written to', async () => {
    const command = ['python3', TERMINAL, process.execPath, pathOf('daemon/daemon.mjs'), 'terminal', directory];
    const { code, stdout } = await runCommand(command);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'on the terminal\r\n' });
    const report = JSON.parse(read('report'));
    assert.deepEqual([report.tty, report.terminals], [0, []]);
    assert.equal(read('log'), 'to the log\nerrors, too\n');
    assert.match(read('pid'), new RegExp(`^${report.pid}$`, 'm')); // alive, though its terminal has gone
    process.kill(report.pid, 0);
  });

  it('checks its options before anything happens', () => {
    const bad = [
      ['ERR_INVALID_ARG_TYPE', null], ['ERR_INVALID_ARG_TYPE', { pidfile: 1 }], ['ERR_INVALID_ARG_VALUE', { pidfile: 'a\0' }],
      ['ERR_INVALID_ARG_TYPE', { stdout: null }], ['ERR_OUT_OF_RANGE', { stdout: -1 }], ['ERR_INVALID_ARG_TYPE', { stderr: {} }],
      ['ERR_INVALID_ARG_VALUE', { cwd: '' }], ['ERR_OUT_OF_RANGE', { umask: 0o1000 }], ['ERR_INVALID_ARG_TYPE', { ready: 1 }],
    ]; // prettier-ignore
    for (const [code, options] of bad) assert.throws(() => posix.daemonize(options), { code }, JSON.stringify(options));
  });
});

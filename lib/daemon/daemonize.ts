// How does a program become a daemon, and how does the one who started it learn whether that went well?
//
//     original ── fork ──> intermediate ── fork ──> daemon
//        │                   setsid(), ends           no session leader: it can never get a terminal
//        └── reads a pipe until the daemon is ready, or has failed, or has ended; ends with the matching status
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { codedError } from '../sys/errors.js';
import { _exit } from '../process/exit.js';
import { fork, type ForkOptions } from '../fork/fork.js';
import { requireStack } from '../fork/stack-left.js';
import { native } from '../sys/native.js';
import { endInheritedWatchers, writeBacklogs } from '../process/watched.js';
import { lockPidfile, removePidfile, writePid } from './pidfile.js';
import { validatePath } from '../sys/bytes.js';
import { detachTerminalStreams } from './stdio.js';
import { assertNotExiting } from '../node/exiting.js';
import { invalidType, validateBoolean, validateInteger, validateOptions, MAX_INT } from '../sys/validate.js';
import { waitpidSync } from '../reap/wait.js';

/** Options of {@link daemonize}. */
export interface DaemonizeOptions {
  /** A file that contains the daemon's pid, and is locked as long as the daemon lives. Default: none. */
  pidfile?: string;
  /** Where standard output goes: a file, which is appended to, or an open descriptor. Default `'/dev/null'`. */
  stdout?: string | number;
  /** The same for standard error. */
  stderr?: string | number;
  /** The daemon's working directory, which keeps its file system from being unmounted. Default `'/'`. */
  cwd?: string;
  /** The daemon's file mode creation mask. Default `0o022`. */
  umask?: number;
  /**
   * When the original process exits with 0. `true` (default): when the daemon calls {@link Daemon.ready}. `false`: as soon as the
   * daemon runs.
   */
  ready?: boolean;
}

/** What {@link daemonize} returns in the daemon. */
export interface Daemon {
  /** The daemon's pid. */
  readonly pid: number;
  /** Call it when the daemon works: the original process then exits with 0. A second call does nothing. */
  ready(): void;
}

const MAX_UMASK = 0o777;
const LOG_MODE = 0o640;
const READY = 'ready';
// The original will not go on: nothing open is its alone.
const EVERYTHING: ForkOptions & { inherit: 'all' } = { inherit: 'all' };

let isDaemon = false;

/**
 * Continues the program in the background: in a new process, in a new session, without a controlling terminal, with standard
 * input from `/dev/null`. It returns only in the daemon. The original process waits in the call until the daemon is ready, and
 * then exits without running any more JavaScript: with 0, or, if the daemon fails before (an uncaught exception, an exit, a
 * signal), with 1 and the daemon's message on standard error.
 *
 * The daemon keeps everything that is open, except standard streams: call it early.
 *
 * @returns in the daemon: an object with `ready()`
 * @throws In the original process, which then continues as before:
 * - `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`: a wrong option
 * - `ERR_FORK_PIDFILE_LOCKED`: another instance runs; the error's `pid` says which
 * - `ERR_FORK_PIDFILE_UNSAFE`, or the error of `open(2)`: the pidfile is a link or not a regular file, others may write to it, or
 * it cannot be written
 * - `ENOENT`, `ENOTDIR`, `EACCES`, …: `cwd`, `stdout` or `stderr` cannot be used
 * - whatever {@link fork} throws
 * @see daemon(7), setsid(2), flock(2)
 * @example
 * ```ts
 * const daemon = posix.daemonize({ pidfile: 'mine.pid', stderr: 'mine.log', cwd: process.cwd() });
 * const server = net.createServer();
 * server.listen('mine.socket', () => {
 *   daemon.ready();
 *   server.close(); // it has served its time
 * });
 * ```
 */
export function daemonize(options: DaemonizeOptions = {}): Daemon {
  const settings = toSettings(options);
  assertNotExiting('daemonize()');
  requireStack('daemonize()');
  if (isDaemon) throw codedError(Error, 'ERR_FORK_DAEMONIZED', 'This process is already a daemon');
  const resources = acquire(settings);
  let intermediate;
  try {
    intermediate = fork(EVERYTHING);
  } catch (error) {
    release(resources, settings.pidfile);
    throw error;
  }
  if (intermediate !== 0) endOriginal(intermediate, resources);
  return becomeDaemon(settings, resources);
}

type Settings = Required<Omit<DaemonizeOptions, 'pidfile'>> & { pidfile: string | undefined };

const KNOWN = ['pidfile', 'stdout', 'stderr', 'cwd', 'umask', 'ready'] as const;

function toSettings(options: DaemonizeOptions): Settings {
  const { pidfile, stdout, stderr, cwd, umask, ready } = validateOptions(options, 'options', KNOWN);
  if (pidfile !== undefined) validatePath(pidfile, 'options.pidfile');
  if (cwd !== undefined) validatePath(cwd, 'options.cwd');
  if (umask !== undefined) validateInteger(umask, 'options.umask', 0, MAX_UMASK);
  if (ready !== undefined) validateBoolean(ready, 'options.ready');
  validateOutput(stdout, 'options.stdout');
  validateOutput(stderr, 'options.stderr');
  return {
    // The daemon removes it, from another directory.
    pidfile: pidfile === undefined ? undefined : path.resolve(pidfile),
    stdout: stdout ?? '/dev/null',
    stderr: stderr ?? '/dev/null',
    cwd: cwd ?? '/',
    umask: umask ?? 0o022,
    ready: ready ?? true,
  };
}

function validateOutput(value: unknown, name: string): void {
  if (value === undefined) return;
  if (typeof value === 'number') validateInteger(value, name, 0, MAX_INT);
  else if (typeof value === 'string') validatePath(value, name);
  else throw invalidType(name, 'of type string or number', value);
}

// What can fail is done in the original, whose caller can still be told.
interface Resources {
  streams: number[]; // what becomes 0 to 2
  opened: number[]; // those that were opened here
  pidfile: number | undefined;
  readFd: number;
  writeFd: number;
}

function acquire({ pidfile, stdout, stderr, cwd }: Settings): Resources {
  const opened: number[] = [];
  try {
    const open = (file: string, flags: number): number => {
      const fd = fs.openSync(file, flags | fs.constants.O_NOCTTY, LOG_MODE);
      opened.push(fd);
      return fd;
    };
    const append = fs.constants.O_WRONLY | fs.constants.O_APPEND | fs.constants.O_CREAT;
    const output = (target: string | number): number => {
      if (typeof target === 'string') return open(target, append);
      // A copy: 1 and 2 may be exchanged.
      return native.dup2(target, open('/dev/null', fs.constants.O_RDONLY), true);
    };
    fs.closeSync(open(cwd, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY));
    opened.pop();
    fs.accessSync(cwd, fs.constants.X_OK);
    const streams = [open('/dev/null', fs.constants.O_RDONLY), output(stdout), output(stderr)];
    const [readFd, writeFd] = native.pipe(true, false);
    opened.push(readFd, writeFd);
    const lock = pidfile === undefined ? undefined : lockPidfile(pidfile);
    return { streams, opened, pidfile: lock, readFd, writeFd };
  } catch (error) {
    for (const fd of opened) fs.closeSync(fd);
    throw error;
  }
}

function release({ opened, pidfile }: Resources, file: string | undefined): void {
  if (pidfile !== undefined && file !== undefined) {
    removePidfile(file, pidfile);
    fs.closeSync(pidfile);
  }
  for (const fd of opened) fs.closeSync(fd);
}

// Original, after the fork. No event loop turns any more, so nothing here may depend on one.
function endOriginal(intermediate: number, { readFd, writeFd }: Resources): never {
  // Nobody would run the listeners: Ctrl-C is to end the wait.
  for (const signal of Object.keys(os.constants.signals)) process.removeAllListeners(signal);
  try {
    fs.closeSync(writeFd);
    waitpidSync(intermediate);
    const message = fs.readFileSync(readFd, 'utf8'); // until the daemon closes it, or ends
    writeBacklogs();
    if (message === READY) _exit(0);
    fs.writeSync(
      2,
      `${message || 'The daemon ended before it was ready, and did not say why. Perhaps it was killed by a signal'}\n`,
    );
  } finally {
    // Whatever was thrown: the caller's code goes on in the daemon, and only there.
    _exit(1);
  }
}

// Intermediate, then daemon.
function becomeDaemon(settings: Settings, resources: Resources): Daemon {
  const { streams, opened, pidfile, writeFd } = resources;
  try {
    native.setsid();
    if (fork(EVERYTHING) !== 0) _exit(0);
    isDaemon = true;
    native.closeInForkedChildren(writeFd);
    process.umask(settings.umask);
    process.chdir(settings.cwd);
    endInheritedWatchers();
    for (const [number, fd] of streams.entries()) native.dup2(fd, number, false);
    for (const fd of opened) {
      if (fd !== writeFd) fs.closeSync(fd);
    }
    detachTerminalStreams();
    if (pidfile !== undefined) {
      native.closeInForkedChildren(pidfile);
      writePid(pidfile);
    }
  } catch (error) {
    fs.writeSync(writeFd, inspect(error));
    _exit(1);
  }
  return superviseStart(settings, resources);
}

function superviseStart(settings: Settings, { pidfile, writeFd }: Resources): Daemon {
  const pid = native.getpid();
  let told = false;
  const tell = (message: string): void => {
    // A forked child has the listeners, but not the pipe.
    if (told || native.getpid() !== pid) return;
    told = true;
    native.keepInForkedChildren(writeFd);
    try {
      fs.writeSync(writeFd, message);
    } catch (error) {
      // Whoever started the daemon has gone: that is no reason for it to end.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    } finally {
      fs.closeSync(writeFd);
    }
  };
  process.on('uncaughtExceptionMonitor', (error) => {
    // With a listener that deals with it, the daemon goes on.
    if (process.listenerCount('uncaughtException') === 0) tell(`The daemon failed: ${inspect(error)}`);
  });
  process.on('exit', (code) => {
    tell(`The daemon exited with code ${code} before it was ready`);
    if (pidfile !== undefined && settings.pidfile !== undefined && native.getpid() === pid) {
      removePidfile(settings.pidfile, pidfile);
    }
  });
  const ready = (): void => {
    tell(READY);
  };
  if (!settings.ready) ready();
  return { pid, ready };
}

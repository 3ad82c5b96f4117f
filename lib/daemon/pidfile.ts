// Is the daemon running already? A file that names it, and whose lock lasts exactly as long as it does.
import fs from 'node:fs';
import { codedError } from '../sys/errors.js';
import { LOCK_EX, LOCK_NB } from '../process/flock.js';
import { native } from '../sys/native.js';

// O_NONBLOCK: a FIFO in the place of the file must not hang the opening. Node adds O_CLOEXEC to everything that it opens.
const FLAGS = fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;
const MODE = 0o644;
const OTHERS_WRITE = 0o022;
const MAX_PID_LENGTH = 16;

/**
 * Opens and locks the file. It names no process until {@link writePid}.
 *
 * @returns its descriptor: the lock belongs to it, and to what is forked from here
 * @throws `ERR_FORK_PIDFILE_LOCKED` with the `pid` of who has it; `ELOOP`: a symbolic link; other errors of `open(2)`
 * @internal
 */
export function lockPidfile(path: string): number {
  for (;;) {
    const fd = fs.openSync(path, FLAGS, MODE);
    try {
      refuseForeign(fd, path);
      if (!native.flock(fd, LOCK_EX | LOCK_NB)) throw lockedError(path, fd);
      if (isStill(path, fd)) {
        fs.ftruncateSync(fd);
        return fd;
      }
      // Its last owner removed it between our open and our lock.
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
    fs.closeSync(fd);
  }
}

/** @internal */
export function writePid(fd: number): void {
  fs.ftruncateSync(fd);
  fs.writeSync(fd, `${native.getpid()}\n`, 0);
}

/** Removes the file, if it is still the one that is locked here. @internal */
export function removePidfile(path: string, fd: number): void {
  try {
    if (isStill(path, fd)) fs.unlinkSync(path);
  } catch {
    // The daemon may have given up the right to: a stale file does no harm.
  }
}

// A user who may write to the directory can make a hard link to any file there, and the daemon would empty that file. A user who
// may write to the pidfile can put any pid into it, or lock it for ever.
function refuseForeign(fd: number, path: string): void {
  const stat = fs.fstatSync(fd);
  const what = whyUnsafe(stat);
  if (what === undefined) return;
  throw codedError(Error, 'ERR_FORK_PIDFILE_UNSAFE', `The pidfile ${path} is not safe to write: ${what}`);
}

function whyUnsafe(stat: fs.Stats): string | undefined {
  if (!stat.isFile()) return 'it is not a regular file';
  if (stat.nlink > 1) return 'it has a second name (a hard link)';
  if (stat.uid !== 0 && stat.uid !== process.geteuid?.()) return `it belongs to user ${stat.uid}`;
  if (stat.mode & OTHERS_WRITE) return 'others than its owner may write to it';
  return undefined;
}

function isStill(path: string, fd: number): boolean {
  const there = fs.lstatSync(path, { throwIfNoEntry: false });
  const here = fs.fstatSync(fd);
  return there?.ino === here.ino && there.dev === here.dev;
}

function lockedError(path: string, fd: number): Error {
  const buffer = Buffer.alloc(MAX_PID_LENGTH);
  const pid = Number.parseInt(buffer.toString('latin1', 0, fs.readSync(fd, buffer, 0, MAX_PID_LENGTH, 0)), 10);
  const who = Number.isNaN(pid) ? 'by a process that is just starting' : `by process ${pid}`;
  const error = codedError(Error, 'ERR_FORK_PIDFILE_LOCKED', `Already running: ${path} is locked ${who}`);
  return Object.assign(error, { path, pid: Number.isNaN(pid) ? undefined : pid });
}

// What does a child of a fork server do? It reads its task from its own socket, which may be there already or come later, and
// goes on as a child of forkRun.
import { findChanged } from '../sys/built-ins.js';
import { native } from '../sys/native.js';
import { findLoader, loadedModules } from '../node/loaded-modules.js';
import { becomeRunner, flushAtExit, runPrepared } from './child.js';
import { servePool } from './pool-child.js';
import { Places, SIZE } from './pool-places.js';
import { ForkPort } from './port.js';
import { encodePost } from './post.js';
import { encodeResult } from './result.js';
import { sendBegun } from './result-pipe.js';
import type { ServedExtra, TaskHeader } from './server-messages.js';

const SIGKILL = 9;

/** The function that each child calls. @internal */
export type Work = (...args: unknown[]) => unknown;

const known = new Set<string>();

/** Template: what is loaded now is missed by no child. @returns what has come since the last time. @internal */
export function noteLoaded(): string[] {
  findLoader();
  const added = newModules();
  for (const url of added) known.add(url);
  return added;
}

function newModules(): string[] {
  const added = new Set<string>();
  for (const url of loadedModules()) if (!known.has(url)) added.add(url);
  return [...added];
}

/**
 * Child, first of all. Blocks until there is a task; without one it ends when the requester lets go of its socket.
 *
 * @param template - the pid of the process that has forked this one: they end together. @internal
 */
export function serveTask(work: Work, socket: number, template: number): void {
  native.setPdeathsig(SIGKILL);
  if (native.getppid() !== template) native._exit(1); // it has ended before the line above
  becomeRunner(findChanged());
  flushAtExit(); // before ForkPort's own listener
  const port = ForkPort.open(socket, true);
  const isSpare = !native.waitForFd(socket, true, false, 0); // or its task would be there
  // There is time. What a process writes to for the first time it copies, too.
  if (isSpare) rehearseIfRoom();
  const task = receiveTask(port, isSpare);
  if (task === undefined) return native._exit(0);
  const [resultFd, ...fds] = port.fds as [number, ...number[]];
  try {
    sendBegun(resultFd);
  } catch {
    native._exit(1); // EPIPE: nobody asks any more
  }
  const header = task.pop() as TaskHeader;
  const args: unknown[] = task;
  runPrepared(
    () => {
      if (header.pool) return servePool(port, work, undefined, header.pool.memory, placesOf(fds[0] as number));
      if (header.fds) args.push(fds);
      if (header.port) args.push(port);
      else port.close();
      return work(...args);
    },
    resultFd,
    extra,
  );
}

function rehearseIfRoom(): void {
  try {
    rehearse();
  } catch {
    // Without descriptors of its own for that it has its task, and is slower.
  }
}

// Where there is no room for its descriptors in a spare child, another one has the task, and this one has nothing to say.
function receiveTask(port: ForkPort, isSpare: boolean): [...unknown[], TaskHeader] | undefined {
  try {
    return port.receiveSync() as [...unknown[], TaskHeader] | undefined;
  } catch (error) {
    if (isSpare && ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'EMFILE') native._exit(1);
    throw error;
  }
}

/**
 * Template, once, and spare children: what each child does to get its task and to send its result is compiled here. V8 compiles a function when it is
 * first called, and a child would do that for itself. @internal
 */
export function rehearse(): void {
  const [ours, theirs] = native.socketpair('stream', true, true);
  const requester = ForkPort.open(ours, false);
  const child = ForkPort.open(theirs, true);
  const header: TaskHeader = { port: false, fds: false };
  try {
    ForkPort.postEncoded(requester, encodePost(['a', { task: 1 }, header], 'args'), [ours]);
    child.receiveSync();
    for (const fd of child.fds) native.close(fd);
  } finally {
    child.close();
    requester.close();
  }
  encodeResult({ a: 'result' }, 'main', extra());
}

function placesOf(fd: number): Places {
  try {
    return new Places(native.mapFile(fd, SIZE));
  } finally {
    native.close(fd);
  }
}

function extra(): ServedExtra {
  const missed = newModules();
  return missed.length > 0 ? { missed } : {};
}

// Which of the descriptors 0 to 2 is a connection of the program's own? One that it was started with (by inetd, or systemd's
// Accept=) and has a socket for, or one that got the number of a standard stream that the program had closed. It is severed as
// any other; what process.stdin, stdout and stderr read and write, a socket or not, is the child's as it is the parent's.
import process from 'node:process';
import { fstatSync } from 'node:fs';
import { handleOf } from '../node/handles.js';
import { isLoaded, USES } from '../node/loaded.js';
import { native } from '../sys/native.js';
import { onlyInRunners } from './rehearsal.js';

const { apply, getOwnPropertyDescriptor } = Reflect;

// Node makes each when it is first asked for. (As they were before the program had a chance to put others there.)
const streams = ['stdin', 'stdout', 'stderr'].map((name) => getOwnPropertyDescriptor(process, name)?.get);

interface Stream {
  /** Node's standard streams have one, of whatever kind they are. */
  fd?: number;
}

/** Parent, before the fork. @internal */
export function ownConnections(): number[] {
  const connections: number[] = [];
  for (let fd = 0; fd < streams.length; fd++) {
    if (native.connectionsAt(fd) > 0 && !isStandard(fd)) connections.push(fd);
  }
  return connections;
}

/**
 * Child: of stdout and stderr, those that may still have something to write: that have a handle, are the program's own, or write to
 * a file, without a handle (at once, but not while they are corked). To ask for another would be to make it, which takes 0.1 to
 * 1 ms, and makes a pipe one that does not block. @internal
 */
export function outputInUse(): NodeJS.WriteStream[] {
  const used: NodeJS.WriteStream[] = [];
  const ask = (fd: number, name: 'stdout' | 'stderr'): void => {
    const isNodes = getOwnPropertyDescriptor(process, name)?.get === streams[fd];
    if (!isNodes || native.streamsAt(fd) > 0 || isFileOutput(fd)) used[used.length] = process[name];
  };
  ask(1, 'stdout');
  ask(2, 'stderr');
  return used;
}

// Node makes its streams of files of one class, which it loads with the first.
function isFileOutput(fd: number): boolean {
  if (!isLoaded(USES.fileOutput)) return false;
  try {
    const stat = fstatSync(fd);
    return !stat.isFIFO() && !stat.isSocket();
  } catch {
    return false; // it is closed
  }
}

// Not if the stream has another handle, or can only be made now, when there is one already: libuv says EEXIST if that is
// being read.
function isStandard(number: number): boolean {
  const get = streams[number];
  if (get === undefined) return true;
  const handles = native.connectionsAt(number);
  try {
    const stream = apply(get, process, []) as Stream;
    if (stream.fd !== number) return true; // the program had put it there before this package was loaded
    return handleOf(stream)?.fd === number && native.connectionsAt(number) === handles;
  } catch {
    return false;
  }
}

onlyInRunners(isFileOutput);

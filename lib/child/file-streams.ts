// What if fork() was called by a listener of a stream of a file? Node's stream code lies below it on the stack, and asks for the
// next piece when the listener has returned: at the file offset that parent and child share, so that the parent's stream would
// miss it. In the child the parent's streams of files do no more of what the parent had them do:
//
// - one that has begun to read reads no further;
// - one that has not, and that the child reads, does it at an offset of its own;
// - one that something is piped into writes nothing.
//
// Others stay as they are: a child may write to the log that its parent has open.
import fs from 'node:fs';
import {
  type FileStream,
  isOnDisk,
  knowsFileStreams,
  type Method,
  readStream,
  writeStream,
} from '../node/file-streams.js';
import { onlyInChildren } from './rehearsal.js';
import { retain } from './retained.js';

const { apply } = Reflect;
const { fstatSync, readFileSync } = fs; // as they are when the package is loaded
/* eslint-disable @typescript-eslint/unbound-method -- each is applied to its object */
const { has, add } = WeakSet.prototype;
const { exec } = RegExp.prototype;
/* eslint-enable @typescript-eslint/unbound-method */

let constructRead: Method | undefined; // ours, once they are in place
let constructWrite: Method | undefined;
let own: WeakSet<FileStream>; // what was made in this process
let kept: readonly number[];

/** Child: as becomeChild() says. @internal */
export function forgetFileStreams(keptFds: readonly number[]): void {
  own = new WeakSet();
  kept = keptFds;
  if (constructRead !== undefined || !knowsFileStreams()) return;
  constructRead = remember(readStream._construct as Method);
  readStream._construct = constructRead;
  constructWrite = remember(writeStream._construct as Method);
  writeStream._construct = constructWrite;

  const read = readStream._read as Method;
  readStream._read = function _read(...args) {
    if (isParents(this, constructRead)) {
      if (this.bytesRead > 0) {
        retain(this); // nothing else may hold it, or its FileHandle: the answer never comes
        return;
      }
      if (this.pos === undefined && isOnDisk(this)) this.pos = offsetOf(this.fd as number);
      apply(add, own, [this]);
    }
    apply(read, this, args);
  };
  writeStream._write = writeNothing(writeStream._write as Method);
  writeStream._writev = writeNothing(writeStream._writev as Method);
}

function remember(construct: Method): Method {
  return function _construct(...args) {
    apply(add, own, [this]);
    return apply(construct, this, args);
  };
}

function writeNothing(write: Method): Method {
  return function _write(...args) {
    // pipe() listens for 'unpipe'.
    if (isParents(this, constructWrite) && this.listenerCount('unpipe') > 0) retain(this, args);
    else apply(write, this, args);
  };
}

// A class that has a `_construct` of its own may never have told of its streams.
function isParents(stream: FileStream, construct: Method | undefined): boolean {
  if (apply(has, own, [stream]) || stream._construct !== construct) return false;
  for (let i = 0; i < kept.length; i++) if (kept[i] === stream.fd) return false;
  return true;
}

// Undefined for what has none (a pipe, a terminal), or without /proc.
function offsetOf(fd: number): number | undefined {
  try {
    if (!fstatSync(fd).isFile()) return undefined;
    const found = apply(exec, /^pos:\t(\d+)$/m, [readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')]);
    return found === null ? undefined : Number(found[1]);
  } catch {
    return undefined;
  }
}

onlyInChildren(remember, writeNothing, knowsFileStreams);

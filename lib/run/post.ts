// What is a message before it is sent? A clone, with the descriptors that it takes along, all checked.
import { validateOpen } from '../fork/keep.js';
import { native } from '../sys/native.js';
import { invalidType, isArray, MAX_INT, validateInteger, validateOptions } from '../sys/validate.js';
import { findHandles, type WithHandles } from './handles.js';
import { toMessage } from './message.js';
import { encodeClone, uncloneable } from './result.js';

/** Options of {@link ForkPort.postMessage}. */
export interface PostOptions {
  /** Descriptors to send along: at most 253, including the sockets and servers of the message. They stay open here. */
  fds?: Iterable<number>;
}

/** A message that can be posted. @internal */
export interface EncodedPost {
  value: unknown;
  /** How errors call it. */
  name: string;
  parts: Uint8Array[];
  handles: WithHandles | undefined;
}

/**
 * @param passed - what the user passed, of which `value` is made
 * @throws `ERR_INVALID_ARG_VALUE` if it cannot be cloned, which says which part. @internal
 */
export function encodePost(value: unknown, name: string, passed = value): EncodedPost {
  let handles: WithHandles | undefined;
  const clone = (): Uint8Array[] => {
    try {
      return toMessage(value);
    } catch (error) {
      // A socket cannot be cloned, which costs other messages no search for them.
      handles = error instanceof RangeError ? undefined : findHandles(value, name);
      if (handles === undefined) throw error;
      return toMessage(handles.value, handles.records);
    }
  };
  const fail = (why: string, cause?: unknown): Error => uncloneable(name, passed, why, cause);
  try {
    const parts = encodeClone({ value: () => handles?.value ?? value, name, clone, fail });
    return { value, name, parts, handles };
  } catch (error) {
    handles?.kept();
    throw error;
  }
}

/** A message, and what goes with it, which can be sent once more. @internal */
export interface KeptPost {
  post: EncodedPost;
  fds: number[];
  /** It need not be. */
  drop: () => void;
}

/** Has descriptors of its own: those of `post` may be closed, and its sockets another process's, by the time that it is sent again. @internal */
export function keepPost(post: EncodedPost, fds: readonly number[]): KeptPost {
  const { handles } = post;
  const ofHandles = handles?.fds.length ?? 0;
  const copies = duplicates([...(handles?.fds ?? []), ...fds]);
  const again = handles && { ...handles, fds: copies.slice(0, ofHandles), kept: () => undefined };
  return {
    post: { ...post, handles: again },
    fds: copies.slice(ofHandles),
    drop: () => {
      closeAll(copies);
    },
  };
}

/** @internal */
export function validatePost(options: PostOptions): number[] {
  const { fds } = validateOptions(options, 'options', ['fds']);
  return fds === undefined ? [] : validateFds(fds, 'options.fds');
}

/** A copy of a list of open descriptors. @param min - the lowest that may be among them. @internal */
export function validateFds(fds: unknown, name: string, min = 0): number[] {
  if (!isList(fds)) throw invalidType(name, 'an iterable of descriptors', fds);
  const list = [...fds];
  list.forEach((fd, i) => {
    validateInteger(fd, `${name}[${i}]`, min, MAX_INT);
    validateOpen(fd, `${name}[${i}]`);
  });
  return list;
}

function isList(value: unknown): value is Iterable<number> {
  if (typeof value !== 'object' || value === null || isArray(value) === undefined) return false;
  return typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function';
}

/** @internal */
export function duplicates(fds: readonly number[]): number[] {
  const copies: number[] = [];
  try {
    for (const fd of fds) copies.push(native.dup(fd, 0, true));
  } catch (error) {
    closeAll(copies);
    throw error;
  }
  return copies;
}

/** @internal */
export function closeAll(fds: readonly number[]): void {
  for (const fd of fds) native.close(fd);
}

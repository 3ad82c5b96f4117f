// What is a message before it is sent? A clone, with the descriptors that go along, all checked.
import { validateOpen } from '../fork/keep.js';
import { invalidType, isArray, MAX_INT, validateInteger, validateOptions } from '../sys/validate.js';
import { findHandles, type WithHandles } from './handles.js';
import { toMessage } from './message.js';
import { encodeClone, uncloneable } from './result.js';

/** Options of {@link ForkPort.postMessage}. */
export interface PostOptions {
  /** Descriptors to send along, at most 253 with the sockets and servers of the message. They stay open here. */
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

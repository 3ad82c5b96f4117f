// What do Node's streams of files look like from inside (lib/internal/fs/streams.js)? Their methods are the classes', so that a
// child can put others in their place; all that is used of a stream but these, `pos` and the file system that it was given is
// documented.
import fs, { ReadStream, WriteStream } from 'node:fs';

/** @internal */
export type Method = (this: FileStream, ...args: unknown[]) => unknown;

/** @internal */
export interface FileStream {
  fd: number | null;
  /** Where to read next; undefined: at the descriptor's own offset. */
  pos?: number | undefined;
  bytesRead: number;
  listenerCount(event: string): number;
  _construct: Method;
}

/** `_construct` runs before a stream reads or writes; then `_read`, `_write` and `_writev`, one at a time. @internal */
export const readStream = ReadStream.prototype as unknown as Partial<Record<'_construct' | '_read', Method>>;
/** @internal */
export const writeStream = WriteStream.prototype as unknown as Partial<
  Record<'_construct' | '_write' | '_writev', Method>
>;

/** Are all of these methods there? Without them a child reads on where `fork()` was called by a listener. @internal */
export function knowsFileStreams(): boolean {
  const { _construct: constructs, _write, _writev } = writeStream;
  const methods = [readStream._construct, readStream._read, constructs, _write, _writev];
  for (let i = 0; i < methods.length; i++) if (typeof methods[i] !== 'function') return false;
  return true;
}

const { getOwnPropertySymbols } = Object;

/** Is the descriptor a real one, and not that of a file system of the program's own (the option `fs`)? @internal */
export function isOnDisk(stream: FileStream): boolean {
  const symbols = getOwnPropertySymbols(stream);
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i] as symbol;
    if (symbol.description === 'kFs') return (stream as unknown as Record<symbol, unknown>)[symbol] === fs;
  }
  return false;
}

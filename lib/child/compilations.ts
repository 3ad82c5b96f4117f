// Who hears in a child that undici's parser is ready, which its parent was compiling? Only the child's own requests. (V8 finishes in a
// child all WebAssembly that was being compiled: the program, too, may wait there for what it had begun before.)
import { fetchWasUsed } from '../node/fetch.js';
import { findParsers } from '../node/parsers.js';
import { onlyInChildren } from './rehearsal.js';
import { native } from '../sys/native.js';

let parsers: readonly Promise<unknown>[] = [];

/** Parent, before the fork. @internal */
export function prepareCompilations(): void {
  parsers = fetchWasUsed() ? findParsers() : [];
}

/** Child: as becomeChild() says. @internal */
export function forgetCompilations(): void {
  for (let i = 0; i < parsers.length; i++) native.forgetReactions(parsers[i] as Promise<unknown>);
}

onlyInChildren(forgetCompilations);

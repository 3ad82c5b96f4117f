// Who hears in a child of WebAssembly that its parent was compiling? Nobody, of what is the program's. An undici's parser is
// finished, for the child's own requests; those of its parent do not hear of it.
import { fetchWasUsed } from '../node/fetch.js';
import { findParsers, type Parsers } from '../node/parsers.js';
import { onlyInChildren } from './rehearsal.js';
import { native } from '../sys/native.js';

const NONE: Parsers = { promises: [], all: true };
let parsers = NONE;
let mayCompile = false;

/** Parent, before the fork. @internal */
export function prepareCompilations(): void {
  mayCompile = native.mayCompile();
  // An undici's is compiled, and then instantiated: that is a task of its own on Node 20, which mayCompile() does not see.
  parsers = fetchWasUsed() ? findParsers() : NONE;
}

/** Child: as becomeChild() says. @internal */
export function forgetCompilations(): void {
  const { promises, all } = parsers;
  for (let i = 0; i < promises.length; i++) native.forgetReactions(promises[i] as Promise<unknown>);
  // V8 ends all of them, or none.
  if (mayCompile && all && promises.length === 0) native.forgetCompilations();
}

onlyInChildren(forgetCompilations);

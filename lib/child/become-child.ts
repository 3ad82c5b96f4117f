// What of JavaScript's must change in a child? What Node read once and remembers, and what waits for the parent's events.
import process from 'node:process';
import { exitPastCleanup } from './exit.js';
import { type Changed, withBuiltIns } from '../sys/built-ins.js';
import { native } from '../sys/native.js';
import { forgetParents } from './when-child.js';
import { prepareHooks, unseen } from '../node/async-hooks.js';
import { forgetChannel } from '../node/channel.js';
import { forgetCompilations, prepareCompilations } from './compilations.js';
import { forgetConnections, prepareConnections } from './connections.js';
import { prepareEsbuild, stopEsbuild } from './esbuild.js';
import { forgetFileStreams } from './file-streams.js';
import { forgetSessions, prepareSessions } from './http2-sessions.js';
import { prepareInspector, renewInspector } from './inspector.js';
import { forgetMessages, prepareMessages } from './messages.js';
import { prepareModuleHooks, renewModuleHooks } from './module-hooks.js';
import { activeHandles } from '../node/handles.js';
import { forgetOutput } from '../node/output.js';
import { beginProfiles, prepareProfiles } from './profiles.js';
import { prepareRandomness, refreshRandomness } from './random.js';
import { onlyInChildren } from './rehearsal.js';
import { forgetSockets, prepareSockets } from './sockets.js';
import { forgetStdin } from '../node/stdin.js';
import { forgetWatchedFiles } from './watched-files.js';
import { type Kept, latestOfParent, forgetTimers, prepareTimers } from './timers.js';

const { defineProperty } = Reflect; // as it was before the program had a chance to patch it

/** What a child is to be. @internal */
export interface ChildOptions {
  /** The child may only exec or `_exit`. */
  bare: boolean;
  /** `inherit: 'all'`. */
  inheritAll: boolean;
  /** Whose descriptors and timers stay. */
  kept: Kept;
}

/**
 * Parent, before the fork: finds out what the child will have to do. There no code has been compiled that the parent has not
 * run, and each page that is written to is copied: found out in the child, it took a tenth of the time to its first JavaScript.
 *
 * @internal
 */
export function prepareChild({ bare, inheritAll }: ChildOptions, besideWorkers: boolean): void {
  if (bare) return;
  prepareHooks();
  prepareRandomness();
  prepareInspector();
  prepareProfiles();
  prepareModuleHooks();
  prepareEsbuild(besideWorkers);
  if (inheritAll) return;
  prepareTimers();
  const active = activeHandles() ?? [];
  prepareMessages(active);
  prepareSockets(active);
  prepareConnections();
  prepareCompilations();
  prepareSessions();
}

/**
 * Runs first of all JavaScript in the child, on the caller's stack, when the native repair is through: Node's threads and
 * loop are there again.
 *
 * The contract of this place, and of all that is marked "Child" in the package: it may allocate, and call what the package has
 * kept of the built-ins from before the program could patch them. It calls nothing of the program's, waits for nothing, and
 * touches no descriptor that the child shares with its parent, which works on. What is thrown here ends the child, with a
 * message on stderr (runInChild() of fork/at-fork.ts). @internal
 */
export function becomeChild(changed: Changed, child: ChildOptions): void {
  withBuiltIns(changed, becomeUnseen, child);
}

function becomeUnseen(child: ChildOptions): void {
  unseen(forgetAndRenew, child);
  // Its promise, and the ticks of its closing pipes, are the program's library's.
  if (!child.bare) stopEsbuild();
}

function forgetAndRenew({ bare, inheritAll, kept }: ChildOptions): void {
  // A data property, written when Node started; process.ppid asks the system each time. A frozen `process` keeps its parent's.
  defineProperty(process, 'pid', { value: native.getpid() });
  if (!bare && !inheritAll) forgetChannel();
  forgetParents(bare);
  if (bare) return;
  exitPastCleanup();
  renewInspector();
  beginProfiles();
  refreshRandomness();
  renewModuleHooks();
  if (inheritAll) return;
  forgetTimers(kept);
  forgetMessages();
  forgetConnections(kept.fds);
  forgetCompilations();
  forgetSessions(latestOfParent(), kept.fds);
  forgetSockets(latestOfParent(), kept.fds);
  forgetFileStreams(kept.fds);
  forgetWatchedFiles();
  if (native.stdinWasStopped()) forgetStdin();
  if (native.outputWasForgotten()) forgetOutput();
}

onlyInChildren(
  ...[
    becomeChild,
    becomeUnseen,
    forgetAndRenew,
    forgetChannel,
    forgetParents,
    exitPastCleanup,
    renewInspector,
    beginProfiles,
    refreshRandomness,
  ],
  ...[renewModuleHooks, stopEsbuild, forgetTimers, latestOfParent, forgetMessages, forgetConnections, forgetSessions],
  ...[forgetSockets, forgetFileStreams, forgetWatchedFiles, forgetStdin, forgetOutput],
);

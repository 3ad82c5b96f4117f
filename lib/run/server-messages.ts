// What do a requester and the template of its fork server say to each other? A few messages through a ForkPort; and each child
// is told its task by the requester itself, through a socket that is there before the child is.
import type { RawStatus } from '../sys/native.js';
import type { ThreadPolicy } from '../fork/thread-policy.js';
import { has } from '../sys/own.js';
import type { Message } from './result.js';

/** What a template is told. @internal */
export type ServerRequest =
  /** The first. */
  | { type: 'setup'; url: string; args: readonly string[]; threads: ThreadPolicy; warmup: boolean }
  /** With the child's end of its socket. */
  | { type: 'fork'; id: number }
  | { type: 'import'; id: number; specifiers: readonly string[] }
  /** Where there are no pidfds. */
  | { type: 'kill'; id: number; signo: number };

/** What it says. @internal */
export type ServerAnswer =
  | { type: 'ready' }
  /** With the child's pidfd, where there are any. */
  | { type: 'forked'; id: number; pid: number }
  /** `modules`: what has been loaded by it. */
  | { type: 'imported'; id: number; modules: string[] }
  /** Setup (`id` 0), a fork or an import. */
  | ({ type: 'failed'; id: number } & Message)
  /** `repairError`: what a child said that could not be set up. */
  | { type: 'ended'; id: number; status: RawStatus; repairError: string | undefined }
  /** Nobody knows how. */
  | ({ type: 'lost'; id: number } & Message);

/** The last of the arguments in a child's first message; with it comes the pipe for the result, and what the user sends along. @internal */
export interface TaskHeader {
  /** Whether the function gets the socket as its port. */
  port: boolean;
  /** Whether it gets the descriptors. */
  fds: boolean;
  /** Of a child of a pool, which calls the function for each task: how much memory of its own it may have. The descriptor is that of its places. */
  pool?: { memory: number };
}

/** What comes with a child's result. @internal */
export interface ServedExtra {
  missed?: string[];
}

/** The `id` of setup. @internal */
export const SETUP = 0;

/** Or what something else has written to the template's socket. @internal */
export function isAnswer(message: unknown): message is ServerAnswer {
  return typeof message === 'object' && message !== null && has(message as ServerAnswer, 'type');
}

// How does one fork beside threads, from a Worker, or with a heap that is too large? By asking another process, the template. It
// starts like any program, loads what the children need, and forks on request.
import type { ForkedChildWithPort } from './forked-child.js';
import { Server } from './server.js';
import { prepare } from './server-options.js';
import type { ForkServer, ForkServerOptions } from './server-types.js';

/**
 * Starts another process, the template, which loads the module `setup` and from then on forks on request. Like {@link spawn},
 * this works beside any threads, from a Worker, and with a heap of any size. Children inherit the template's heap, not this
 * process's: arguments and results travel by structured clone.
 *
 * @param setup - an ES module or a CommonJS module: a path (relative to the current directory) or the URL of a file. Its default
 * export, or `module.exports`, is the function that each child calls with the arguments of its request
 * @returns when the template has loaded the module and collected its garbage. The server keeps this process alive until it is
 * closed or has ended; the template never outlives the thread that has started it
 * @throws (rejects) `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`, `ERR_FORK_AT_EXIT`; what the module throws;
 * `ERR_FORK_THREADS` if the template has a thread that a child is not safe from; `ERR_FORK_SERVER_ENDED` if it ends before it is ready; an
 * `AbortError`; as {@link spawn}
 * @see posix_spawn(3), fork(2), unix(7); docs/fork-server.md
 * @example
 * ```ts
 * const setup = new URL('setup.mjs', import.meta.url);
 * fs.writeFileSync(
 *   setup,
 *   `const words = new Map([['fork', 3]]); // is loaded once
 *    export default (word) => words.get(word);`,
 * );
 * await using server = await posix.forkServer<[string], number>(setup, { spare: 1 });
 * const child = await server.fork(['fork']);
 * console.log(await child.result); // prints: 3
 * ```
 */
export function forkServer<A extends unknown[] = unknown[], R = unknown>(
  setup: string | URL,
  options: ForkServerOptions = {},
): Promise<ForkServer<A, R>> {
  return new Promise((resolve) => {
    const server = new Server(prepare(setup, options));
    resolve(server.ready as Promise<unknown> as Promise<ForkServer<A, R>>);
  });
}

/**
 * A child of a pool.
 *
 * @param places - the descriptor of the memory that it shares with the pool
 * @param whileOpen - nobody wants it any more, if it has not begun. @internal
 */
export function forkForPool(
  server: ForkServer<never[]>,
  memory: number,
  places: number,
  whileOpen: AbortSignal,
): Promise<ForkedChildWithPort<void>> {
  return Server.forkForPool(server as unknown as Server, memory, places, whileOpen);
}

/** @internal */
export function isForkServer(value: unknown): boolean {
  return value instanceof Server;
}

// How does a fork server get its children, and what becomes of them? It asks the template for each, over one socket.
//
// The requester makes each child's socket, and sends its end along with the request: so the task can be sent before the child
// exists, and a child that was forked in advance gets its task without the template. The template only reports a child's pid and
// status.
import type { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { inSameProcess, whenChild } from '../child/when-child.js';
import { killChild } from '../reap/kill.js';
import { type ChildStatus, howOf, toChildStatus } from '../reap/status.js';
import { ofThisProcess } from '../reap/ours.js';
import { startWait } from '../reap/wait.js';
import { clearTimeout, now, setTimeout } from '../sys/clock.js';
import { abortError, codedError } from '../sys/errors.js';
import { addEventListener, ONCE, removeEventListener } from '../sys/listen.js';
import { native } from '../sys/native.js';
import { invalidType, isArray, validateAbortSignal, validateBoolean, validateOptions } from '../sys/validate.js';
import { type ForkedChild, type ForkedChildWithPort, Run } from './forked-child.js';
import { copyParts } from './message.js';
import { ForkPort } from './port.js';
import { type EncodedPost, encodePost, keepPost, type KeptPost, validateFds } from './post.js';
import { resultOf } from './result.js';
import { type Reading, readResult } from './result-pipe.js';
import { hasEnded, type Served, settle, type Settle } from './server-child.js';
import {
  isAnswer,
  type ServedExtra,
  type ServerAnswer,
  type ServerRequest,
  SETUP,
  type TaskHeader,
} from './server-messages.js';
import { type Prepared, toSpecifiers } from './server-options.js';
import type { ForkServer, ServedOptions } from './server-types.js';
import { untilAborted } from './until.js';

const SIGKILL = 9;
// So many spare children, each ended within so long of the one before, are replaced; the next ones when there is a request.
const STORM = 10;
const CALM = 1000; // ms

const servers = new Set<Server>();
whenChild((bare) => {
  for (const server of servers) server.forget(bare);
  servers.clear();
});

/** @internal */
export class Server implements ForkServer {
  readonly pid: number;
  readonly ready: Promise<Server>;
  readonly #ended: () => Promise<ChildStatus>;
  readonly missed = new Set<string>();
  readonly #control: ForkPort;
  readonly #spare: number;
  readonly #grace: number;
  readonly #signal: AbortSignal | undefined;
  readonly #setup = settle<Server>();
  readonly #children = new Map<number, Served>();
  readonly #imports = new Map<number, Settle<string[]>>();
  readonly #loaded = new Set<string>(); // by import(), so that no child misses it any more
  #spares: Served[] = [];
  #spareDeaths = 0;
  #lastSpareDeath = 0;
  #lastId = SETUP;
  #isReady = false;
  #ref = true;
  #hold: ((on: boolean) => void) | undefined;
  #over: Error | undefined;
  #hasEnded = false; // the template
  #allEnded = settle<undefined>();
  readonly #isParent = inSameProcess();
  #leftovers = 0; // children that are killed, and have yet to end
  #timer: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #untold = new Set<Served>(); // that had ended the last time one looked
  readonly #abort = (): void => {
    this.#end(abortError(this.#signal as AbortSignal));
    this.#killTemplate();
  };

  constructor({ start, setup, spare, grace, signal }: Prepared) {
    this.ready = this.#setup.promise;
    this.#spare = spare;
    this.#grace = grace;
    this.#signal = signal;
    if (signal?.aborted) throw abortError(signal);
    const [ours, theirs] = native.socketpair('stream', true, true);
    this.#control = ForkPort.open(ours, false);
    ForkPort.mayLackFds(this.#control); // a child without its pidfd is one all the same
    try {
      this.pid = start(theirs);
    } catch (error) {
      this.#control.close();
      throw error;
    } finally {
      native.close(theirs);
    }
    servers.add(this);
    if (signal) addEventListener.call(signal, 'abort', this.#abort, ONCE);
    const status = startWait(this.pid, 0, (hold, token) => {
      this.#hold = hold;
      if (!isMainThread) native.endWithThread(token); // the kernel kills it then, and nobody else waits
    });
    this.#ended = ofThisProcess(status);
    status.then(
      (how) => {
        this.#onEnd(how);
      },
      () => {
        this.#onEnd(undefined);
      },
    );
    const answers: EventEmitter = this.#control as never;
    answers.on('message', (answer: unknown, fds: number[]) => {
      if (isAnswer(answer)) this.#onAnswer(answer, fds);
      else this.#misunderstood(fds);
    });
    answers.on('messageerror', () => {
      this.#misunderstood([]);
    });
    answers.on('close', () => {
      if (!this.#over) this.#killTemplate(); // it has ended, or cannot be talked to
    });
    this.#control.postMessage(setup);
  }

  get ended(): Promise<ChildStatus> {
    return this.#ended();
  }

  static forkForPool(
    server: Server,
    memory: number,
    places: number,
    signal: AbortSignal,
  ): Promise<ForkedChildWithPort<void>> {
    const child = server.#fork([], { port: true, fds: false, pool: { memory } }, [places], signal);
    return child as Promise<ForkedChildWithPort<void>>;
  }

  fork(args: readonly unknown[] = [], options: ServedOptions = {}): Promise<ForkedChildWithPort<never>> {
    return new Promise((resolve) => {
      if (isArray(args) !== true) throw invalidType('args', 'an instance of Array', args);
      const { fds = [], port = false, signal } = validateOptions(options, 'options', ['fds', 'port', 'signal']);
      const list = validateFds(fds, 'options.fds');
      validateBoolean(port, 'options.port');
      if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
      if (signal?.aborted) throw abortError(signal);
      const header: TaskHeader = { port, fds: options.fds !== undefined };
      resolve(this.#fork(args, header, list, signal) as Promise<ForkedChildWithPort<never>>);
    });
  }

  async #fork(
    args: readonly unknown[],
    header: TaskHeader,
    fds: readonly number[],
    signal?: AbortSignal,
  ): Promise<ForkedChild<unknown>> {
    const encoded = encodePost([...args, header], 'args', args);
    // Sent a piece at a time, and perhaps once more.
    const task = { ...encoded, parts: copyParts(encoded.parts) };
    let kept: KeptPost;
    try {
      if (this.#over) throw this.#reason();
      kept = keepPost(task, fds);
    } catch (error) {
      task.handles?.kept();
      throw error;
    }
    try {
      const first = await this.#give(task, () => this.#nextSpare(), fds, header, signal);
      if (first.begun || this.#isOver()) return first.run();
      // It ended before it had its task: another one has it, and no spare, which may be about to end of the same. A second death
      // is the answer.
      first.child.port.close();
      const second = await this.#give(kept.post, () => undefined, kept.fds, header, signal);
      return second.run();
    } finally {
      kept.drop();
    }
  }

  // Returns when the child has begun, or has ended before that.
  async #give(
    task: EncodedPost,
    spare: () => Served | undefined,
    fds: readonly number[],
    header: TaskHeader,
    signal: AbortSignal | undefined,
  ): Promise<{ child: Served; begun: boolean; run: () => Run<unknown> }> {
    let pipe: [readFd: number, writeFd: number] | undefined;
    let served: Served | undefined;
    try {
      pipe = native.pipe(true, false);
      served = spare() ?? this.#request();
      ForkPort.postEncoded(served.port, task, [pipe[1], ...fds]);
    } catch (error) {
      if (pipe) native.close(pipe[0]);
      if (served) this.#dismiss(served);
      else task.handles?.kept(); // or the port has said so
      throw error;
    } finally {
      if (pipe) native.close(pipe[1]);
    }
    const reading = readResult(pipe[0]);
    this.#refill();
    const child = served;
    const { port: withPort } = header;
    if (!withPort) child.port.close(); // when the task is sent
    try {
      const pid = await untilAborted(signal, () => child.forked.promise);
      const begun = await untilAborted(signal, () => reading.begun);
      return { child, begun, run: () => this.#run(child, pid, reading, withPort, header.pool ? undefined : signal) };
    } catch (error) {
      reading.stop();
      if (withPort) child.port.close();
      if (signal?.aborted) this.#kill(child, SIGKILL);
      throw error;
    }
  }

  #run(child: Served, pid: number, reading: Reading, withPort: boolean, signal?: AbortSignal): Run<unknown> {
    return new Run({
      ...{ pid, reading, signal },
      status: child.status.promise,
      kill: (signo) => {
        this.#kill(child, signo);
      },
      port: withPort ? child.port : undefined,
      heed: (extra: ServedExtra) => {
        this.#heed(extra);
      },
      why: () => child.repairError,
    });
  }

  import(specifiers: string | URL | readonly (string | URL)[]): Promise<void> {
    return new Promise((resolve) => {
      const list = toSpecifiers(specifiers);
      if (this.#over) throw this.#reason();
      const id = ++this.#lastId;
      const loading = settle<string[]>();
      this.#imports.set(id, loading);
      this.#control.postMessage({ type: 'import', id, specifiers: list } satisfies ServerRequest);
      const spares = this.#spares.splice(0);
      resolve(
        loading.promise
          .then((modules) => {
            for (const url of modules) {
              this.#loaded.add(url);
              this.missed.delete(url);
            }
          })
          .finally(() => {
            for (const spare of spares) this.#dismiss(spare);
            this.#refill();
          }),
      );
      this.#update();
    });
  }

  ref(): this {
    this.#ref = true;
    this.#update();
    return this;
  }

  unref(): this {
    this.#ref = false;
    this.#update();
    return this;
  }

  async close(): Promise<void> {
    if (!this.#over) {
      this.#end(ended(`The fork server ${this.pid} is closed`));
      this.#timer = setTimeout(() => {
        this.#killTemplate();
      }, this.#grace);
    }
    if (this.#isParent()) await this.#allEnded.promise; // for which the parent's code may wait: it does not go on in a child
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Child of a fork: all of it is the parent's. */
  forget(bare: boolean): void {
    this.#over ??= ended(`The fork server ${this.pid} is the parent's`);
    // Nothing is to be waited for here, and nothing killed: a signal is inherited, too.
    this.#hasEnded = true;
    this.#leftovers = 0;
    for (const served of this.#children.values()) this.#unwatch(served, bare);
    this.#children.clear();
    this.#imports.clear();
    this.#spares = [];
  }

  // The children

  #request(): Served {
    const [ours, theirs] = native.socketpair('stream', true, true);
    const id = ++this.#lastId;
    let port: ForkPort | undefined;
    try {
      port = ForkPort.hold(ForkPort.open(ours, false));
      const served: Served = {
        ...{ id, port, pid: undefined, pidfd: undefined, end: undefined, repairError: undefined, killed: false },
        ...{ forked: settle<number>(), status: settle<ChildStatus>() },
      };
      this.#control.postMessage({ type: 'fork', id } satisfies ServerRequest, { fds: [theirs] });
      this.#children.set(id, served);
      this.#update();
      return served;
    } catch (error) {
      port?.close(); // EMFILE or ETOOMANYREFS: the template has not been asked
      throw error;
    } finally {
      native.close(theirs);
    }
  }

  #refill(): void {
    if (!this.#isReady || this.#imports.size > 0) return;
    try {
      while (!this.#over && this.#spares.length < this.#spare) this.#spares.push(this.#request());
    } catch {
      // No room for another one now: the next request tries again, and says so if it cannot.
    }
  }

  #replaceSpare(): void {
    const time = now();
    this.#spareDeaths = time - this.#lastSpareDeath < CALM ? this.#spareDeaths + 1 : 1;
    this.#lastSpareDeath = time;
    if (this.#spareDeaths <= STORM) this.#refill();
  }

  // One that has ended by itself is passed over.
  #nextSpare(): Served | undefined {
    for (;;) {
      const spare = this.#spares.shift();
      if (!spare || !hasEnded(spare)) return spare;
    }
  }

  // It has got no task: it reads the end of its socket, and exits.
  #dismiss({ port }: Served): void {
    port.close();
  }

  #kill(served: Served, signo: number): void {
    if (served.pid === undefined) {
      served.killed ||= signo === SIGKILL;
    } else if (served.pidfd !== undefined) {
      native.killByPidfd(served.pidfd, served.pid, signo);
    } else if (!this.#over) {
      this.#control.postMessage({ type: 'kill', id: served.id, signo } satisfies ServerRequest);
    }
  }

  // While the template is stopped, nobody tells how children end.
  #lookLater(): void {
    if (this.#look !== undefined || this.#over || this.#children.size <= this.#spares.length) return;
    this.#look = setTimeout(() => {
      this.#look = undefined;
      this.#lookForUntold();
      this.#lookLater();
    }, this.#grace).unref();
  }

  #lookForUntold(): void {
    const untold = [...this.#children.values()].filter(hasEnded);
    const late = untold.filter((served) => this.#untold.has(served)); // for as long as that
    this.#untold = new Set(untold);
    if (late.length === 0 || !isStopped(this.pid)) return;
    for (const served of late) {
      this.#drop(served);
      served.status.reject(statusLost(served.pid, this.pid));
    }
  }

  #heed({ missed = [] }: ServedExtra): void {
    for (const url of missed) if (!this.#loaded.has(url)) this.missed.add(url);
  }

  // What the template says

  #onAnswer(answer: ServerAnswer, fds: number[]): void {
    if (answer.type === 'ready') {
      this.#isReady = true;
      this.#setup.resolve(this);
      this.#refill();
    } else if (answer.type === 'failed') {
      this.#onFailure(answer.id, errorOf(answer));
    } else if (answer.type === 'imported') {
      this.#imports.get(answer.id)?.resolve(answer.modules);
      this.#imports.delete(answer.id);
    } else {
      const served = this.#children.get(answer.id);
      if (served) this.#onChild(served, answer, fds);
      else for (const fd of fds) native.close(fd);
    }
    this.#update();
  }

  // Something in the template writes to descriptors that are not its own.
  #misunderstood(fds: number[]): void {
    for (const fd of fds) native.close(fd);
    this.#end(ended(`The fork server ${this.pid} has sent what is no answer: something wrote to its socket`));
    this.#killTemplate();
  }

  #onChild(
    served: Served,
    answer: Exclude<ServerAnswer, { type: 'ready' | 'failed' | 'imported' }>,
    fds: number[],
  ): void {
    if (answer.type === 'forked') {
      served.pid = answer.pid;
      this.#watch(served, fds[0]);
      served.forked.resolve(answer.pid);
      if (served.killed) this.#kill(served, SIGKILL);
      return;
    }
    const isSpare = this.#spares.includes(served);
    this.#drop(served);
    if (isSpare) this.#replaceSpare();
    if (answer.type === 'ended') {
      served.repairError = answer.repairError;
      served.status.resolve(toChildStatus(answer.status));
    } else {
      served.status.reject(errorOf(answer));
    }
  }

  #drop(served: Served): void {
    this.#children.delete(served.id);
    this.#spares = this.#spares.filter((spare) => spare !== served);
    this.#unwatch(served);
  }

  // Looked at only when there is no template any more to tell.
  #watch(served: Served, pidfd: number | undefined): void {
    if (pidfd === undefined) return;
    served.pidfd = pidfd;
    served.end = native.watchFd(pidfd, 'posix-fork.server', () => {
      this.#unwatch(served);
      served.status.reject(this.#over);
      this.#leftovers--;
      this.#tell();
    });
  }

  // A bare child's loop is its parent's.
  #unwatch(served: Served, bare = false): void {
    if (served.end && !bare) native.closeWatch(served.end);
    if (served.pidfd !== undefined) native.close(served.pidfd);
    served.end = undefined;
    served.pidfd = undefined;
  }

  #onFailure(id: number, error: unknown): void {
    if (id === SETUP) {
      this.#end(error);
      this.#killTemplate();
      return;
    }
    this.#imports.get(id)?.reject(error);
    this.#imports.delete(id);
    const served = this.#children.get(id);
    if (!served) return;
    this.#drop(served);
    served.port.close();
    served.forked.reject(error);
    served.status.reject(error);
  }

  // Its end

  #isOver(): boolean {
    return this.#over !== undefined;
  }

  #reason(): Error {
    return this.#over as Error;
  }

  #killTemplate(): void {
    if (!this.#hasEnded) killChild(this.pid, SIGKILL);
  }

  // The socket is closed, and the template ends; its children with it.
  #end(reason: unknown): void {
    if (this.#over) return;
    this.#over = reason as Error;
    clearTimeout(this.#look);
    if (this.#signal) removeEventListener.call(this.#signal, 'abort', this.#abort);
    this.#control.close();
    this.#setup.reject(reason);
    for (const { reject } of this.#imports.values()) reject(reason);
    this.#imports.clear();
    this.#spares = [];
    for (const served of this.#children.values()) this.#endChild(served, reason);
    this.#children.clear();
  }

  #endChild(served: Served, reason: unknown): void {
    served.port.close();
    served.forked.reject(reason);
    const { pid, pidfd, end } = served;
    if (pid === undefined || pidfd === undefined || !end) {
      served.status.reject(reason);
      return;
    }
    native.killByPidfd(pidfd, pid, SIGKILL);
    this.#leftovers++;
    native.setWatch(end, true, false, false, true);
  }

  #onEnd(status: ChildStatus | undefined): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#end(ended(`The fork server ${this.pid} ${status ? howOf(status) : 'has ended'}`, status));
    this.#tell();
  }

  #tell(): void {
    if (!this.#hasEnded || this.#leftovers > 0) return;
    servers.delete(this);
    this.#allEnded.resolve(undefined);
  }

  // What holds this process's loop: the server itself, unless it was let go, and whatever is asked of it.
  #update(): void {
    this.#lookLater();
    const asked = !this.#isReady || this.#imports.size > 0 || this.#children.size > this.#spares.length;
    const holds = this.#ref || asked;
    this.#hold?.(holds);
    if (holds) this.#control.ref();
    else this.#control.unref();
  }
}

function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.startsWith('T', stat.lastIndexOf(')') + 2);
  } catch {
    return false; // it has been reaped, of which one hears presently; or there is no descriptor left: the next look tells
  }
}

function statusLost(child: number | undefined, template: number): Error {
  return codedError(
    Error,
    'ERR_CHILD_STATUS_LOST',
    `Child ${child} has ended, but only the template ${template} of its fork server, which is stopped, knows how`,
  );
}

function errorOf(answer: Extract<ServerAnswer, { type: 'failed' | 'lost' }>): unknown {
  try {
    return resultOf(answer);
  } catch (error) {
    return error;
  }
}

function ended(message: string, status?: ChildStatus): Error {
  const error = codedError(Error, 'ERR_FORK_SERVER_ENDED', message);
  return status ? Object.assign(error, { status }) : error;
}

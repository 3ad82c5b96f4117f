// How do forkRun's child and its parent talk to each other? Through a pair of Unix sockets of their own, one process at each end.
//
// Neither blocks: what the socket does not take at once is kept here, and messages that nobody wants are not read. When one
// process has ended, the other reads the end of the socket. The parent also learns it from waitpid(), because another process may
// have a copy of the socket.
import { EventEmitter } from 'node:events';
import { onlyInRunners } from '../child/rehearsal.js';
import { retain } from '../child/retained.js';
import { whenChild } from '../child/when-child.js';
import { inThisContext, later } from '../node/async-hooks.js';
import { now, setImmediate } from '../sys/clock.js';
import { native, type NativeWatch } from '../sys/native.js';
import { codedError, systemError } from '../sys/errors.js';
import { has } from '../sys/own.js';
import { invalidValue, MAX_INT, validateInteger } from '../sys/validate.js';
import { type Frame, FrameReader, prefixOf } from './frames.js';
import { revive } from './handles.js';
import { fromMessage } from './message.js';
import { closeAll, duplicates, type EncodedPost, encodePost, type PostOptions, validatePost } from './post.js';

// A turn of the loop reads no longer than this.
const TURN = 5; // ms
// A process that exits waits as long as this for the other to take something. A child of forkRun waits as long as it takes.
const PATIENCE_AT_EXIT = 1000; // ms
const MAX_FDS = 253; // SCM_MAX_FD of Linux
// What the kernel has no room for now, it may have room for so much later.
const RETRY = 20; // ms

/** What a {@link ForkPort} emits. */
export interface ForkPortEvents {
  /** A message, and the descriptors that came with it, which the listener has to close. */
  message: [value: unknown, fds: number[]];
  /** A message cannot be read here, for instance because there is no room for it or its descriptors (`EMFILE`). */
  messageerror: [error: Error];
  /** Everything that was posted has been sent, after a `postMessage()` that returned `false`. */
  drain: [];
  /** The other process has closed its end or has ended, or `close()` was called. No message follows. */
  close: [];
}

interface Outgoing {
  parts: readonly Uint8Array[];
  size: number;
  sent: number;
  /** Of this process's own, until they are sent. */
  fds: number[];
}

// In one piece: made and sent in less time than one of several.
const EMPTY = [prefixOf([new Uint8Array(0)], 0, 0)];

type Incoming = { value: unknown; fds: number[] } | { error: Error };

interface Waiting {
  resolve: (result: IteratorResult<unknown, undefined>) => void;
  reject: (error: Error) => void;
}

const open = new Set<ForkPort>();
// As it was before the program had a chance to patch it.
const nextTick = process.nextTick.bind(process);

let exiting = false; // 'exit' has been emitted: nothing can be left for later
let hooked = false;

/**
 * One end of the connection between a parent and a child of {@link forkRun}, with `port: true`: `main(port)` in the child,
 * `child.port` in the parent.
 *
 * Messages are structured clones, like results. A view (`Buffer`, typed array, `DataView`) of 64 KB or more is not copied before
 * it is sent: do not change it until `postMessage()` has returned `true` or `'drain'` is emitted. What was posted before a
 * process ends arrives, unless it ends by a signal or `_exit()`. If the other process has ended, there is no error: `'close'` is
 * emitted, loops over the port end, and what is posted is dropped.
 *
 * The port is read only while there is a listener for `'message'`, a loop, or a `receiveSync()` that waits. Meanwhile it keeps
 * the process alive, unless `unref()` was called. Children that are forked later do not have it.
 *
 * @see unix(7), socketpair(2)
 * @example
 * ```ts
 * const child = await posix.forkRun(
 *   async (port) => {
 *     for await (const { a, b } of port as AsyncIterable<{ a: number; b: number }>) port.postMessage(a + b);
 *   },
 *   { port: true },
 * );
 * child.port.postMessage({ a: 1, b: 2 });
 * console.log(child.port.receiveSync(5000)); // prints: 3
 * child.port.close();
 * await child.result;
 * ```
 */
export class ForkPort extends EventEmitter<ForkPortEvents> implements AsyncIterable<unknown> {
  /** @internal */
  static open: (fd: number, ofChild: boolean) => ForkPort;
  /** The other process is about to exit, and waits until all that it has posted is taken. @internal */
  static peerExits: (port: ForkPort) => void;
  /** The other process has ended. @internal */
  static peerEnded: (port: ForkPort) => void;
  /** postMessage() of what has been cloned already. @internal */
  static postParts: (port: ForkPort, parts: Uint8Array[]) => boolean;
  /** Sends an empty message, which only wakes the other process. @internal */
  static wake: (port: ForkPort) => void;
  /** postMessage() of what encodePost() has made. @internal */
  static postEncoded: (port: ForkPort, message: EncodedPost, fds: readonly number[]) => boolean;
  /** What `for await` does, without a promise. @internal */
  static next: (port: ForkPort, waiting: Waiting) => void;
  /** Nobody has it yet. @internal */
  static hold: (port: ForkPort) => ForkPort;
  /** Somebody has it by the end of this turn. @internal */
  static give: (port: ForkPort) => void;
  /** Child: the port is the package's own, and no hook of async_hooks hears of it. @internal */
  static hide: (port: ForkPort) => void;
  /** Closes it if the other process has ended, which one that sends nothing is not told. @internal */
  static lookForEnd: (port: ForkPort) => void;
  /** Messages come also where there is no room for their descriptors: without those. @internal */
  static mayLackFds: (port: ForkPort) => void;
  /** How many bytes have come so far. @internal */
  static received: (port: ForkPort) => number;
  /** Whether somebody has yet to be told of something. @internal */
  static hasNews: (port: ForkPort) => boolean;
  /** Sends what waits to be sent. @internal */
  static flush: (port: ForkPort) => void;

  #fd: number; // -1: closed
  readonly #ofChild: boolean;
  #watch: NativeWatch | undefined;
  // To hooks of async_hooks a child's is nothing until the program uses it.
  #isHeard = false;
  #isHidden = false;
  readonly #inContext = inThisContext();
  readonly #reader = new FrameReader((frame) => {
    this.#receive(frame);
  });
  readonly #arrivedFds: number[] = [];
  #mayLackFds = false;
  #received = 0; // bytes
  #inbox: Incoming[] = [];
  #next = 0; // of the inbox
  #waiting: Waiting[] = [];
  #outbox: Outgoing[] = [];
  #wantsDrain = false;
  #stuck = false; // the outbox: the kernel has no room for its first message, whatever there is in the socket
  #triesAgain = false;
  #ref = true;
  #closing = false; // by close(), when everything is sent
  #reading = false;
  #emptied = false; // the socket, by the last read
  #readsAll = false; // whether or not somebody wants it
  #peerEnded = false;
  #deaf = false; // the other end: nothing can be sent any more
  #endEmitted = false;
  #isHeld = false; // nobody can listen yet
  #fds: number[] = [];

  static {
    ForkPort.open = (fd, ofChild) => {
      try {
        return new ForkPort(fd, ofChild);
      } catch (error) {
        native.close(fd);
        throw error;
      }
    };
    ForkPort.peerExits = (port) => {
      port.#readAll();
    };
    ForkPort.peerEnded = (port) => {
      port.#peerEnded = true;
      port.#readAll();
      try {
        port.#read(Infinity);
      } catch (error) {
        // A listener's
        nextTick(() => {
          throw error;
        });
        setImmediate(() => {
          ForkPort.peerEnded(port);
        });
      }
    };
    ForkPort.postParts = (port, parts) => {
      if (port.closed || port.#deaf) return false;
      return port.#post([prefixOf(parts, 0, 0), ...parts], []) && !port.#wantsDrain;
    };
    ForkPort.wake = (port) => {
      if (!port.closed && !port.#deaf) port.#post(EMPTY, []);
    };
    ForkPort.postEncoded = (port, message, fds) => port.#postEncoded(message, fds);
    ForkPort.next = (port, waiting) => {
      port.#ask(waiting);
    };
    ForkPort.hold = (port) => {
      port.#isHeld = true;
      return port;
    };
    ForkPort.give = (port) => {
      setImmediate(() => {
        port.#isHeld = false;
        if (port.#fd < 0) port.#dispatch();
      });
    };
    ForkPort.hide = (port) => {
      port.#isHidden = true;
    };
    ForkPort.lookForEnd = (port) => {
      if (port.#fd < 0 || !native.waitForFd(port.#fd, true, false, 0)) return;
      // It may have been a message, and no event tells whoever waits for it.
      if (port.#readOnce())
        port.#soon(() => {
          port.#dispatch();
        });
    };
    ForkPort.mayLackFds = (port) => {
      port.#mayLackFds = true;
    };
    ForkPort.received = (port) => port.#received;
    ForkPort.hasNews = (port) => {
      if (port.closed || !port.#wantsMessages()) return false;
      return port.#next < port.#inbox.length || native.waitForFd(port.#fd, true, false, 0);
    };
    ForkPort.flush = (port) => {
      port.#flushNow();
    };
    whenChild((bare) => {
      for (const port of open) port.#forget(bare);
      open.clear();
      exiting = false;
      hooked = false;
    });
  }

  private constructor(fd: number, ofChild: boolean) {
    super();
    this.#fd = fd;
    this.#ofChild = ofChild;
    this.#watch = native.watchFd(fd, '', (hungUp) => {
      this.#onEvent(hungUp);
    });
    if (!ofChild) this.#beHeard();
    open.add(this);
    hookExit();
    this.#update();
  }

  /** Whether this end is closed: no more messages arrive, and what is posted is dropped. */
  get closed(): boolean {
    return this.#fd < 0 || this.#closing;
  }

  /** The descriptors that came with the last message. The receiver has to close them. */
  get fds(): readonly number[] {
    return this.#fds;
  }

  /**
   * Sends a message. Each `net.Socket` (TCP or Unix) and each listening `net.Server` in it is passed on. This process loses a
   * socket; with a server, both processes accept connections. An `http.Server` arrives as a `net.Server`.
   *
   * @returns `false` if part of it is not sent yet: wait for `'drain'` before you post more. Also `false`, without `'drain'`, if
   * the port is closed
   * @throws `ERR_INVALID_ARG_VALUE` if it cannot be cloned (the error says which part), or a descriptor is not open;
   * `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EMFILE`, `ETOOMANYREFS`. Nothing was sent then
   */
  postMessage(value: unknown, options: PostOptions = {}): boolean {
    const fds = validatePost(options);
    return this.#postEncoded(encodePost(value, 'value'), fds);
  }

  #postEncoded({ value, name, parts, handles }: EncodedPost, fds: readonly number[]): boolean {
    let sent = false;
    try {
      const all = [...(handles?.fds ?? []), ...fds];
      if (all.length > MAX_FDS) throw invalidValue(name, value, `may go with ${MAX_FDS} descriptors at most`);
      if (this.closed || this.#deaf) return false;
      sent = this.#post([prefixOf(parts, all.length, handles?.fds.length ?? 0), ...parts], all);
    } finally {
      if (sent) handles?.handedOver();
      else handles?.kept();
    }
    return sent && !this.#wantsDrain;
  }

  /**
   * Waits for the next message, and blocks this thread with its event loop. What was posted before is sent meanwhile.
   *
   * @param timeout - in milliseconds. Default: for ever
   * @returns the message; `undefined` if none came in time, or the port is closed
   * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; the error of a `'messageerror'`: see {@link ForkPortEvents}
   */
  receiveSync(timeout?: number): unknown {
    if (timeout !== undefined) validateInteger(timeout, 'timeout', 0, MAX_INT);
    const end = timeout === undefined ? Infinity : now() + timeout;
    try {
      for (;;) {
        if (this.#next < this.#inbox.length) return this.#take();
        if (this.#fd < 0 || this.#closing) return undefined;
        this.#readOnce();
        if (this.#next < this.#inbox.length || this.#fd < 0) continue;
        const left = end === Infinity ? -1 : Math.ceil(end - now());
        if (left < 0 && end !== Infinity) return undefined;
        const writes = this.#outbox.length > 0;
        const stuck = writes && this.#stuck;
        const wait = stuck && (left < 0 || left > RETRY) ? RETRY : left;
        const late = !native.waitForFd(this.#fd, true, writes && !stuck, wait) && wait === left;
        if (late && !stuck) return undefined;
        if (writes) this.#send(); // also where each call waits for less than RETRY
        if (late) return undefined;
      }
    } finally {
      this.#wantsChanged();
    }
  }

  /** Yields each message, until the port is closed. Ending the loop does not close the port. */
  [Symbol.asyncIterator](): AsyncIterableIterator<unknown, undefined, undefined> {
    const iterator: AsyncIterableIterator<unknown, undefined, undefined> = {
      next: () => this.#nextMessage(),
      return: () => Promise.resolve({ done: true, value: undefined }),
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** Lets the port keep the process alive while it is being read. This is the default. */
  ref(): this {
    this.#ref = true;
    this.#update();
    return this;
  }

  /** Lets the process end while the port is being read. Messages that are not sent yet still keep it alive. */
  unref(): this {
    this.#ref = false;
    this.#update();
    return this;
  }

  /** Closes this end when everything that was posted is sent. Messages that were not received are dropped. */
  close(): void {
    if (this.closed) return;
    this.#closing = true;
    this.#dropInbox();
    if (this.#outbox.length === 0) this.#destroy();
    else this.#update();
  }

  /** The same, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  // A listener for messages starts the reading.
  /** @internal */
  override on(...args: Parameters<EventEmitter<ForkPortEvents>['on']>): this {
    this.#beHeard();
    super.on(...args);
    this.#wantsChanged();
    return this;
  }
  /** @internal */
  override addListener(...args: Parameters<EventEmitter<ForkPortEvents>['on']>): this {
    return this.on(...args);
  }
  /** @internal */
  override prependListener(...args: Parameters<EventEmitter<ForkPortEvents>['on']>): this {
    this.#beHeard();
    super.prependListener(...args);
    this.#wantsChanged();
    return this;
  }
  /** @internal */
  override removeListener(...args: Parameters<EventEmitter<ForkPortEvents>['on']>): this {
    super.removeListener(...args);
    this.#wantsChanged();
    return this;
  }
  /** @internal */
  override removeAllListeners(...args: Parameters<EventEmitter<ForkPortEvents>['removeAllListeners']>): this {
    super.removeAllListeners(...args);
    this.#wantsChanged();
    return this;
  }
  /** @internal */
  override off(...args: Parameters<EventEmitter<ForkPortEvents>['on']>): this {
    return this.removeListener(...args);
  }

  #wantsChanged(): void {
    this.#update();
    if (this.#next < this.#inbox.length && this.#wantsMessages()) this.#dispatchLater();
  }

  #beHeard(): void {
    if (this.#isHeard || this.#isHidden || !this.#watch) return;
    this.#isHeard = true;
    const watch = this.#watch;
    this.#inContext(() => {
      native.showWatch(watch, 'posix-fork.port');
    });
  }

  #soon(callback: () => void): void {
    if (this.#isHeard) nextTick(callback);
    else later(callback);
  }

  #hasListener(): boolean {
    return this.listenerCount('message') > 0;
  }

  // Sending

  // False: there is nobody.
  #post(parts: readonly Uint8Array[], fds: number[]): boolean {
    const message: Outgoing = { parts, size: sizeOf(parts), sent: 0, fds };
    if (this.#outbox.length === 0 && !this.#sendFirst(message)) return false;
    if (message.sent === message.size) return true;
    // What is sent later may be closed by then.
    if (message.sent === 0) message.fds = duplicates(fds);
    this.#outbox.push(message);
    this.#wantsDrain = true;
    if (exiting) this.#flushNow();
    else this.#update();
    return !this.#deaf;
  }

  // As #sendNow(). It throws only where nothing is sent, and who posts may do without the descriptors, or close some.
  #sendFirst(message: Outgoing): boolean {
    try {
      return this.#sendNow(message);
    } catch (error) {
      if (!isPassing(error) || (message.sent === 0 && message.fds.length > 0)) throw error;
      return true; // what is left of it is sent later
    }
  }

  // As much as there is room for. False: the other end is gone.
  #sendNow(message: Outgoing): boolean {
    while (message.sent < message.size) {
      const sent = native.sendParts(this.#fd, message.parts, message.sent, message.sent === 0 ? message.fds : []);
      if (sent < 0) {
        this.#deaf = true;
        this.#dropOutbox();
        this.#readAll(); // and so comes to the end
        return false;
      }
      if (sent === 0) return true;
      message.sent += sent;
    }
    return true;
  }

  #send(): void {
    this.#stuck = false;
    for (let message = this.#outbox[0]; message; message = this.#outbox[0]) {
      this.#checkSize(message);
      const unsent = message.sent === 0;
      let there: boolean;
      try {
        there = this.#sendNow(message);
      } catch (error) {
        if (!isPassing(error)) throw error;
        there = true;
        this.#sendLater();
      }
      if (unsent && message.sent > 0) closeAll(message.fds.splice(0));
      if (!there || message.sent < message.size) break;
      this.#outbox.shift();
    }
    if (this.#outbox.length > 0) return;
    if (this.#closing) this.#destroy();
    else this.#update();
    if (!this.#wantsDrain) return;
    this.#wantsDrain = false;
    this.#soon(() => this.emit('drain'));
  }

  // Nobody is told when there is room again.
  #sendLater(): void {
    this.#stuck = true;
    this.#update();
    if (this.#triesAgain) return;
    this.#triesAgain = true;
    native.afterUnheard(RETRY, () => {
      this.#triesAgain = false;
      if (!this.#stuck || this.#outbox.length === 0) return;
      this.#send();
      this.#update();
    });
  }

  // The other end waits for the bytes of a view that was transferred or resized, and would take the next message's for them.
  #checkSize(message: Outgoing): void {
    if (sizeOf(message.parts) === message.size) return;
    this.#destroy();
    throw codedError(
      Error,
      'ERR_INVALID_STATE',
      'postMessage() had not finished sending a view when it was transferred or resized. The port is closed',
    );
  }

  #flushNow(): void {
    const patience = this.#ofChild ? -1 : PATIENCE_AT_EXIT;
    const end = this.#ofChild ? Infinity : now() + PATIENCE_AT_EXIT; // of one that is stuck
    while (this.#fd >= 0 && this.#outbox.length > 0) {
      this.#send();
      if (this.#outbox.length === 0) return;
      if (this.#stuck) {
        if (now() >= end) return;
        native.waitForFd(this.#fd, false, false, RETRY);
      } else if (!native.waitForFd(this.#fd, false, true, patience)) return;
    }
  }

  // Receiving

  #wantsMessages(): boolean {
    return this.#waiting.length > 0 || this.#hasListener();
  }

  #update(): void {
    if (!this.#watch) return;
    const wants = this.#wantsMessages();
    // Once it reads it goes on until a message comes that is not wanted: to stop and start costs more than a message does.
    this.#reading ||= wants || this.#readsAll;
    const read = !this.#closing && this.#reading;
    const writes = this.#outbox.length > 0;
    // A child of forkRun sends the rest as it exits, and its parent reads it then.
    const waitsToSend = writes && (!this.#ofChild || this.listenerCount('drain') > 0);
    native.setWatch(this.#watch, read, writes && !this.#stuck, !read, waitsToSend || (this.#ref && wants));
  }

  #readAll(): void {
    this.#readsAll = true;
    this.#update();
  }

  #onEvent(hungUp: boolean): void {
    if (hungUp) {
      native.clearSocketError(this.#fd);
      this.#readsAll = true;
    }
    if (this.#outbox.length > 0 && (hungUp || !this.#stuck)) this.#send();
    if (this.#fd < 0) return;
    if (this.#closing) {
      // Nobody will take the rest.
      if (hungUp) this.#destroy();
      return;
    }
    this.#reading = this.#wantsMessages() || this.#readsAll;
    if (this.#reading) this.#read(now() + TURN);
    this.#update();
  }

  #read(end: number): void {
    while (this.#fd >= 0 && this.#readOnce()) {
      this.#dispatch();
      // Where there was less than there is room for, nothing is left, and what comes later is told by an event.
      if (now() > end || (!this.#readsAll && (this.#emptied || !this.#wantsMessages()))) break;
    }
    this.#dispatch();
  }

  // False: there is no more now.
  #readOnce(): boolean {
    if (this.#fd < 0 || this.#closing) return false;
    let room: { buffer: Buffer; offset: number };
    try {
      room = this.#reader.room();
    } catch (cause) {
      this.#failToRead(cause);
      return false;
    }
    const { buffer, offset } = room;
    const count = native.receiveInto(this.#fd, buffer, offset, this.#arrivedFds);
    if (count === 0 || (count < 0 && this.#peerEnded)) {
      this.#destroy();
      return false;
    }
    if (count < 0) return false;
    this.#received += count;
    this.#emptied = offset + count < buffer.length;
    try {
      this.#reader.came(count);
    } catch (cause) {
      this.#failToRead(cause);
      return false;
    }
    return true;
  }

  // Nothing after it can be read.
  #failToRead(cause: unknown): void {
    const why = cause instanceof TypeError ? cause.message : 'there is no room for it';
    this.#inbox.push({ error: unreadable(why, cause) });
    this.#destroy();
  }

  #receive({ parts, fds, handles }: Frame): void {
    const own = this.#arrivedFds.splice(0, fds);
    const unused = new Set(own);
    try {
      if (own.length < fds && !this.#mayLackFds) throw emfile();
      const value = isEmpty(parts)
        ? undefined
        : fromMessage(parts, (record) => {
            const fd = own[record.index] as number;
            unused.delete(fd);
            return revive(record, fd);
          });
      this.#inbox.push({ value, fds: own.slice(handles) });
    } catch (cause) {
      closeAll([...unused]);
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#inbox.push({ error: unreadable(why, cause) });
    }
  }

  #shift(): Incoming {
    const message = this.#inbox[this.#next] as Incoming;
    this.#inbox[this.#next++] = undefined as never;
    if (this.#next === this.#inbox.length) {
      this.#inbox.length = 0;
      this.#next = 0;
    }
    return message;
  }

  #take(): unknown {
    const message = this.#shift();
    if (has(message, 'error')) throw message.error;
    this.#fds = message.fds;
    return message.value;
  }

  #nextMessage(): Promise<IteratorResult<unknown, undefined>> {
    return new Promise((resolve, reject) => {
      this.#beHeard();
      this.#ask({ resolve, reject });
    });
  }

  #ask(waiting: Waiting): void {
    const { resolve, reject } = waiting;
    if (this.#next < this.#inbox.length) {
      const message = this.#shift();
      if (has(message, 'error')) {
        reject(message.error);
        return;
      }
      this.#fds = message.fds;
      resolve({ done: false, value: message.value });
    } else if (this.closed) {
      resolve({ done: true, value: undefined });
    } else {
      this.#waiting.push(waiting);
      this.#update();
    }
  }

  // To whoever asked first; else to the listeners; else it waits.
  #dispatch(): void {
    let through = false;
    try {
      while (this.#next < this.#inbox.length && this.#wantsMessages()) this.#deliver(this.#shift());
      through = true;
    } finally {
      // A listener that throws is an uncaught exception, and not the end of the messages.
      if (!through) this.#dispatchLater();
    }
    if (this.#fd < 0) this.#emitEnd();
  }

  #dispatchLater(): void {
    setImmediate(() => {
      this.#dispatch();
      this.#update(); // perhaps nobody waits any more
    });
  }

  #deliver(message: Incoming): void {
    const waiting = this.#waiting.shift();
    if (has(message, 'error')) {
      if (waiting) waiting.reject(message.error);
      else if (!this.emit('messageerror', message.error)) process.emitWarning(message.error);
      return;
    }
    this.#fds = message.fds;
    if (waiting) waiting.resolve({ done: false, value: message.value });
    else this.emit('message', message.value, message.fds);
  }

  // The end

  #destroy(): void {
    if (this.#fd < 0) return;
    if (this.#watch) native.closeWatch(this.#watch);
    this.#watch = undefined;
    native.close(this.#fd);
    this.#fd = -1;
    open.delete(this);
    this.#dropOutbox();
    closeAll(this.#arrivedFds.splice(0));
    this.#soon(() => {
      this.#dispatch();
    });
  }

  #emitEnd(): void {
    if (this.#endEmitted || this.#isHeld || (this.#next < this.#inbox.length && this.#hasListener())) return;
    this.#endEmitted = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined });
    this.emit('close');
  }

  #dropInbox(): void {
    while (this.#next < this.#inbox.length) {
      const message = this.#shift();
      if (has(message, 'fds')) closeAll(message.fds);
    }
  }

  #dropOutbox(): void {
    for (const { fds, sent } of this.#outbox) if (sent === 0) closeAll(fds.splice(0));
    this.#outbox = [];
  }

  // Child of a later fork: nothing of this is its own, and its parent's loop must not be touched.
  #forget(bare: boolean): void {
    retain(this.#inbox, this.#outbox, this.#waiting, this.#watch);
    if (!bare && this.#watch) native.closeWatch(this.#watch);
    this.#watch = undefined;
    native.close(this.#fd);
    this.#dropOutbox();
    closeAll(this.#arrivedFds.splice(0));
    this.#fd = -1;
    this.#endEmitted = true;
    this.#inbox = [];
    this.#next = 0;
    this.#waiting = [];
  }
}

// Once a process: what the last turn has left is sent before it ends.
function hookExit(): void {
  if (hooked) return;
  hooked = true;
  process.on('exit', flushAll);
}

/** Before a process ends: what is posted from now on is sent at once. @internal */
export function flushAll(): void {
  exiting = true;
  for (const port of open) ForkPort.flush(port);
}

// What only wakes the receiver. A clone is never empty.
function isEmpty(parts: readonly Uint8Array[]): boolean {
  return parts.length === 1 && parts[0]?.length === 0;
}

// Of sendmsg(2): the memory, or how many descriptors a user has on their way, goes up and down.
function isPassing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOBUFS' || code === 'ENOMEM' || code === 'ETOOMANYREFS';
}

function sizeOf(parts: readonly Uint8Array[]): number {
  let size = 0;
  for (const { length } of parts) size += length;
  return size;
}

/** There was no room for what came with a message. @internal */
export function emfile(): Error {
  return systemError('EMFILE', 'too many open files, recvmsg', 'recvmsg');
}

function unreadable(why: string, cause: unknown): Error {
  return Object.assign(codedError(Error, 'ERR_PORT_MESSAGE', `A message cannot be read: ${why}`), { cause });
}

onlyInRunners(flushAll);

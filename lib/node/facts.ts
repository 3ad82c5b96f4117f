// What does the package know of Node's insides that Node promises nobody, does it hold here, and what is lost where it does not?
//
// Here are the rows about Node's JavaScript: the source of its modules, which is in its binary, tells, or an object that is
// looked at. The rows about C++ are those of native/node/facts.h.
import process from 'node:process';
import { knowsAskedProfiles } from './asked-profiles.js';
import { knowsCompiling } from './compile.js';
import { isLoaded, USES } from './loaded.js';
import { native } from '../sys/native.js';
import { Readable, Writable } from 'node:stream';
import { activeHandles } from './handles.js';
import { OUTPUT_STATE } from './output.js';
import { knowsOwnKill } from './own-kill.js';
import { knowsReactions } from './parsers.js';
import { asyncIdOf, timerOfNode } from './timer-lists.js';

const SOURCES: readonly { module: string; fact: string; holds: RegExp; without: string }[] = [
  {
    module: 'internal/http',
    fact: 'a timer named resetCache clears the text of the Date header',
    holds: /function resetCache\(\) \{\s*utcCache/,
    without: 'the Date header of HTTP responses stays the same in a child',
  },
  {
    module: 'internal/deps/undici/undici',
    fact: 'a timer named onTick, or onTimeout, is the clock of all time-outs of fetch(), whose connections wait for llhttpPromise, which require_client_h1() sees, or for nothing',
    holds:
      /^(?=[^]*function on(?:Tick|Timeout)\(\) \{[^}]*fastNow)[^]*require_client_h1 = [^]*llhttpInstance = (?:await llhttpPromise|lazyllhttp\(\));/,
    without: "fetch() never times out in a child, or sends a request of its parent's there",
  },
  {
    module: 'internal/perf/observe',
    fact: 'an immediate hands over what a PerformanceObserver has observed',
    holds: /setImmediate\(\(\) => \{\s*isPending = false/,
    without: 'a PerformanceObserver may hear nothing in a child',
  },
  {
    module: 'internal/timers',
    fact: 'immediateInfo[2] tells that a batch of immediates is being run',
    holds: /kHasOutstanding = 2\b/,
    without: "a child that was forked in a callback of setImmediate() runs the rest of its parent's immediates",
  },
  {
    module: 'internal/worker',
    fact: 'a Worker that has ended has no kHandle, kPort and kPublicPort',
    holds: /\[kPublicPort\] = null[^]*\[kPort\] = null|\[kPort\] = null[^]*\[kPublicPort\] = null/,
    without: "a child that posts to a Worker of its parent's, or terminates it, may crash",
  },
  {
    module: 'internal/modules/esm/loader',
    fact: 'the module loader has its hooks in #customizations or #asyncLoaderHooks, and all ES modules in loadCache; register() sees it as cascadedLoader',
    holds:
      /^(?=[^]*loadCache = new[^]*let cascadedLoader;)(?=[^]*#(?:customizations|asyncLoaderHooks);[^]*function register\([^]*getOrInitializeCascadedLoader\(\)\.register)/,
    without: 'import() never settles in a child beside module hooks, and the missed of a fork server has no ES modules',
  },
  {
    module: 'internal/modules/esm/hooks',
    fact: 'the hooks are asked by makeSyncRequest() and makeAsyncRequest() of an object that starts their thread, #worker',
    holds:
      /#chains = \{[^]*#worker = new InternalWorker\([^]*makeAsyncRequest\(method, transferList, [^]*makeSyncRequest\(method, transferList, /,
    without: 'import() never settles in a child beside module hooks',
  },
  {
    module: 'internal/process/per_thread',
    fact: "process._exiting is true from the 'exit' event on",
    holds: /process\._exiting = true/,
    without: "a fork in the 'exit' event is not refused, and a child's natural end runs Node's clean-up",
  },
  {
    module: 'internal/process/task_queues',
    fact: 'queueMicrotask() sees enqueueMicrotask(), of which async_hooks do not hear',
    holds: /function queueMicrotask\([^]*\benqueueMicrotask\(/,
    without: "hooks of async_hooks that a child enables at once see a tick of this package's",
  },
  {
    module: 'internal/async_hooks',
    fact: 'its functions see async_wrap, whose async_hook_fields count the hooks of each kind; none is called where that is zero',
    holds: /const async_wrap = [^]*const \{\s*async_hook_fields,[^]*function emitInitScript\([^]*if \(!hasHooks\(kInit/,
    without: 'hooks of async_hooks hear in a child of what this package does there',
  },
  {
    module: '_http_client',
    fact: 'a connection has its request in _httpMessage, and is its socket from the tick on in which that hears of it',
    holds:
      /function tickOnSocket\([^]*socket\._httpMessage = req;[^]*function onSocketNT\([^]*tickOnSocket\(req, socket\);\s*req\._flush\(\)/,
    without: "a request of its parent's that was made in the tick of the fork fails in a child, by EPIPE",
  },
  {
    module: 'internal/http2/core',
    fact: 'a ClientHttp2Session has its socket and its streams behind symbols that are named socket and state',
    holds: /kState = Symbol\('state'\)[^]*this\[kSocket\] = socket;[^]*class ClientHttp2Session\b/,
    without: "a request on an HTTP/2 session of the parent's waits for ever in a child",
  },
  {
    module: 'internal/crypto/random',
    fact: 'crypto.randomUUID() and crypto.randomInt() are made in a module of this name, whose asyncCachePendingTasks wait until a cache is filled',
    holds:
      /asyncCachePendingTasks = \[\];[^]*function randomUUID\([^]*module\.exports = \{[^}]*randomInt\b[^}]*randomUUID\b/,
    without:
      'crypto.randomUUID() and crypto.randomInt() may give the same values in all children, and randomInt() may never call its callback',
  },
  {
    module: 'internal/process/execution',
    fact: "uncaught exceptions and process.exit() emit 'exit' from modules of this folder",
    holds: /emit\('exit'/,
    without: 'a child may end by the wrong exit code',
  },
  {
    module: 'internal/child_process',
    fact: 'process has its IPC channel behind a symbol that is named kChannelHandle',
    holds: /kChannelHandle = Symbol\('kChannelHandle'\)/,
    without: "a child's listener of 'message' may crash where its parent has an IPC channel",
  },
  {
    module: 'internal/dgram',
    fact: 'a datagram socket has its handle behind a symbol that is named state symbol',
    holds: /kStateSymbol = Symbol\('state symbol'\)/,
    without: 'keep does not take sockets of node:dgram',
  },
  {
    module: 'net',
    fact: 'sockets and servers have their handle in _handle, and sockets are destroyed by _destroy()',
    holds: /this\._handle = [^]*Socket\.prototype\._destroy = function\(/,
    without:
      "keep does not take sockets and servers, and a child that writes to a socket of its parent's may end by an error",
  },
  {
    module: 'internal/fs/streams',
    fact: 'streams of files read and write by _read, _write and _writev of their classes, which call _construct before',
    holds:
      /kFs = Symbol\('kFs'\)[^]*ReadStream\.prototype\._construct\b[^]*ReadStream\.prototype\._read\b[^]*WriteStream\.prototype\._writev\b/,
    without:
      "a child that was forked by a listener of a file's stream reads on where its parent does, which misses that",
  },
  {
    module: 'internal/fs/watchers',
    fact: 'a watcher of fs.watchFile() without _handle has no more to stop',
    holds: /StatWatcher\.prototype\.stop = function\(\) \{\s*if \(this\._handle === null\)\s*return;/,
    without: "a child tells its parent's listeners of fs.watchFile() that the watching has stopped",
  },
];

// What an object looks like that anybody can have.
const OBJECTS: readonly { name: string; fact: string; holds: () => boolean; without: string }[] = [
  {
    name: 'v8::Isolate::TerminateExecution',
    fact: 'a function that is called while V8 is told to terminate is compiled, and does not run',
    holds: knowsCompiling,
    without: 'what only a child runs is compiled in each child again, which takes half a millisecond',
  },
  {
    name: 'process.moduleLoadList',
    fact: "it names what is loaded of Node's own",
    holds: () => isLoaded('net'),
    without: 'a child uses idle connections, UUIDs and sessions of HTTP/2 of its parent',
  },
  {
    name: 'process._getActiveHandles',
    fact: 'it lists the ports that messages come to',
    holds: () => activeHandles() !== undefined,
    without: "a child that was forked by a listener of messages may get its parent's next ones",
  },
  {
    name: 'Promise',
    fact: 'V8 has those who wait for a promise in its fourth word, which is 0 if nobody does',
    holds: knowsReactions,
    without: "a child that is forked in the first fetch() of Node 20 or 22 goes on with its parent's request",
  },
  {
    name: 'process._kill',
    fact: 'process.kill() sends its signals by it',
    holds: knowsOwnKill,
    without: 'a child that ends itself by process.kill() hangs with --cpu-prof',
  },
  {
    name: 'module.runMain',
    fact: 'it sees getOptionValue(), which tells what Node was started with',
    holds: knowsAskedProfiles,
    without: 'a child writes no profile of its own under --cpu-prof and --heap-prof',
  },
  {
    name: 'process._events',
    fact: 'a frozen process has its listeners in an object that is not frozen',
    holds: () => typeof (process as unknown as { _events: unknown })._events === 'object',
    without: 'forkRun() throws in the child where process is frozen',
  },
  {
    name: 'Timeout',
    fact: 'a timer has its neighbour, its callback and its async id in _idleNext, _onTimeout and asyncId',
    holds: () => {
      const timer = timerOfNode;
      return timer !== undefined && '_idleNext' in timer && '_onTimeout' in timer && asyncIdOf(timer) > 0;
    },
    without: "the parent's timers and immediates run in its children, too",
  },
  {
    name: '_readableState',
    fact: 'a readable stream has there whether it is being read',
    holds: () => {
      const { _readableState: state } = new Readable() as unknown as { _readableState: object };
      return 'reading' in state && 'flowing' in state;
    },
    without: 'a child whose parent was reading stdin cannot read it',
  },
  {
    name: '_writableState',
    fact: 'a writable stream has there what it has still to write',
    holds: () => {
      const { _writableState: state } = new Writable() as unknown as { _writableState: object };
      return OUTPUT_STATE.every((name) => name in state);
    },
    without: 'what the parent has still to write to a full pipe is written by a child, too',
  },
];

/** One thing that the package knows of Node's internals. */
export interface SupportFact {
  /** What it is about: the name of a C++ class or function, or of a module of Node's. */
  name: string;
  /** What holds in the versions of Node.js that were tested. */
  fact: string;
  /** Whether it holds here; `null` if that cannot be checked (`--permission`, a libuv that is newer than those tested). */
  holds: boolean | null;
  /** What is lost if it does not hold. */
  without: string;
}

/** All of them. @internal */
export function facts(): SupportFact[] {
  return [...native.forkFacts(), ...factsOfJavaScript()];
}

const QUEUE = 'node::TaskQueue, pthread_cond_t'; // native/node/runner_queue.cc
let queue: SupportFact | undefined;

// Each is looked at once, and only when it is used: of Node's sources that are long, undici's takes 1 to 2 ms.
let unknown: readonly Row[] | undefined;
const lost: string[] = [];

/** What is lost in the children of this process, in words. What it has not loaded it does not miss. @internal */
export function findLost(): string[] {
  unknown ??= rows();
  const used = unknown.filter((row) => row.isUsed());
  if (used.length > 0) {
    unknown = unknown.filter((row) => !used.includes(row));
    const sources = readSources();
    lost.push(...used.filter(({ holds }) => holds(sources) === false).map(({ without }) => without));
  }
  return lost;
}

/** What is lost in a bare child, in words. @internal */
export function findLostInBare(): string[] {
  // Not known while V8's workers are at work.
  queue = queue?.holds === null || !queue ? native.forkFacts().find(({ name }) => name === QUEUE) : queue;
  return queue?.holds === false ? [queue.without] : [];
}

type Sources = Readonly<Record<string, string | undefined>> | undefined;
type Row = Omit<SupportFact, 'holds'> & { holds: (sources: Sources) => boolean | null; isUsed: () => boolean };

function rows(): Row[] {
  return [
    ...SOURCES.map(({ module, fact, holds, without }) => ({
      name: module,
      fact,
      holds: (sources: Sources) => (sources ? holds.test(sources[module] ?? '') : null),
      without,
      // The module loader is always there; what is known of it is about module hooks.
      isUsed: () => isLoaded(module === 'internal/modules/esm/loader' ? USES.moduleHooks : module),
    })),
    ...OBJECTS.map((row) => ({ ...row, holds: () => isSo(row.holds), isUsed: () => true })),
  ];
}

function factsOfJavaScript(): SupportFact[] {
  const sources = readSources();
  return rows().map(({ name, fact, holds, without }) => ({ name, fact, holds: holds(sources), without }));
}

function isSo(holds: () => boolean): boolean {
  try {
    return holds();
  } catch {
    return false;
  }
}

// What is read here is deprecated. With --pending-deprecation Node would warn of it, and the warning would blame the program.
function readSources(): Sources {
  const { noDeprecation } = process;
  Reflect.set(process, 'noDeprecation', true); // in vain if the program has frozen it
  try {
    const { binding } = process as unknown as { binding: (name: string) => Record<string, string> };
    return binding('natives');
  } catch {
    return undefined;
  } finally {
    if (noDeprecation === undefined) Reflect.deleteProperty(process, 'noDeprecation');
    else Reflect.set(process, 'noDeprecation', noDeprecation);
  }
}

// What does the package know of Node's own JavaScript that Node promises nobody, does it hold here, and what is lost where it
// does not? The source of Node's modules, which is in its binary, tells. What is looked up in memory is checked by those who
// look it up: native/node/, ./random-caches.ts, ./inspect-scope.ts.
const FACTS: readonly { module: string; fact: string; holds: RegExp; without: string }[] = [
  {
    module: 'internal/http',
    fact: 'a timer named resetCache clears the text of the Date header',
    holds: /function resetCache\(\) \{\s*utcCache/,
    without: 'the Date header of HTTP responses stays the same in a child',
  },
  {
    module: 'internal/deps/undici/undici',
    fact: 'a timer named onTick is the clock of all time-outs of fetch()',
    holds: /function onTick\(\) \{[^}]*fastNow/,
    without: 'fetch() never times out in a child',
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
    fact: 'the module loader has its hooks in #customizations or #asyncLoaderHooks, and register() sees it as cascadedLoader',
    holds:
      /#(?:customizations|asyncLoaderHooks);[^]*function register\([^]*getOrInitializeCascadedLoader\(\)\.register/,
    without: 'import() never settles in a child beside module hooks',
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
    module: 'internal/http2/core',
    fact: 'a ClientHttp2Session has its socket and its streams behind symbols that are named socket and state',
    holds: /kState = Symbol\('state'\)[^]*this\[kSocket\] = socket;[^]*class ClientHttp2Session\b/,
    without: "a request on an HTTP/2 session of the parent's waits for ever in a child",
  },
  {
    module: 'internal/fs/streams',
    fact: 'streams of files read and write by _read, _write and _writev of their classes, which call _construct before',
    holds:
      /kFs = Symbol\('kFs'\)[^]*ReadStream\.prototype\._construct\b[^]*ReadStream\.prototype\._read\b[^]*WriteStream\.prototype\._writev\b/,
    without:
      "a child that was forked by a listener of a file's stream reads on where its parent does, which misses that",
  },
];

/** One thing that the package knows of Node's insides. */
export interface SupportFact {
  /** What is so in the versions of Node.js that were tested. */
  fact: string;
  /** Whether it is so here; `null` if that cannot be looked at (`--permission`). */
  holds: boolean | null;
  /** What is lost where it is not. */
  without: string;
}

/** @internal */
export function facts(): SupportFact[] {
  const sources = readSources();
  return FACTS.map(({ module, fact, holds, without }) => {
    const source = sources?.[module];
    return { fact, holds: sources ? source !== undefined && holds.test(source) : null, without };
  });
}

// Deprecated, and only announced so with --pending-deprecation: the announcement would be heard as the program's fault.
function readSources(): Record<string, string | undefined> | undefined {
  const { noDeprecation } = process;
  process.noDeprecation = true;
  try {
    const { binding } = process as unknown as { binding: (name: string) => Record<string, string> };
    return binding('natives');
  } catch {
    return undefined;
  } finally {
    if (noDeprecation === undefined) Reflect.deleteProperty(process, 'noDeprecation');
    else process.noDeprecation = noDeprecation;
  }
}

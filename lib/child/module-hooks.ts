// How does import() work in a child of a program with module hooks (module.register(), --loader, and so TypeScript runners)?
// Node asks the thread of the hooks, which a child does not have, and would wait for ever.
//
// So a child starts such a thread anew, with Node's own code, when it first imports something, and registers what its
// parent had registered. For that the calls are noted: the messages to the thread of the hooks are seen on their way. Of
// those that came before this package was loaded the thread itself tells the URLs, not the `data`: they are registered
// without, and if they do not take that, with an empty object (tsx on Node.js 20 asks whether there is one).
import process from 'node:process';
import { subscribe } from 'node:diagnostics_channel';
import { isMainThread, MessageChannel, MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { pathToFileURL } from 'node:url';
import {
  findHooksThread,
  forgetLoading,
  hasModuleHooks,
  type HooksProxy,
  type HooksRequest,
  type HooksThread,
} from '../node/module-hooks.js';
import { codedError } from '../sys/errors.js';

const { apply, construct, defineProperty, get } = Reflect; // as it was before the program had a chance to patch it

interface Registration {
  specifier: unknown;
  parentURL: unknown;
  data: unknown;
  isDataUnknown?: true;
  transferList: readonly unknown[];
}

/** The thread of this process, or in a child of its parent's. */
let found: HooksThread | undefined;
/** Calls of register() that were seen. */
const noted: Registration[] = [];
/** What was registered before; undefined until somebody has asked. */
let earlier: string[] | undefined;
/** In a child: the thread of its own, or why there is none. */
let own: HooksProxy | undefined;
let failure: Error | undefined;

/** The parent had hooks before this package was loaded, and nobody has asked yet which. */
let early = false;

/** Runs as the package is loaded. */
function watchRegistrations(): void {
  if (!isMainThread) return;
  if (hasModuleHooks()) {
    early = true;
    found = find();
    if (found) watch(found.worker);
  }
  subscribe('worker_threads', (message) => {
    const { worker } = message as { worker: Worker };
    if (worker.constructor.name === 'InternalWorker') watch(worker);
  });
}

function watch(worker: Worker): void {
  const postMessage = get(worker, 'postMessage') as (...args: unknown[]) => unknown;
  const noteAndPost = (...args: unknown[]): unknown => {
    const [request, transferList] = args as [HooksRequest | undefined, readonly unknown[] | undefined];
    if (request?.method === 'register') note(request, transferList);
    return apply(postMessage, worker, args);
  };
  defineProperty(worker, 'postMessage', { value: noteAndPost, writable: true, configurable: true });
}

let silent = false; // while this package registers

function note({ args = [] }: HooksRequest, transferList: readonly unknown[] = []): void {
  if (silent) return;
  if (early) askForEarlier();
  const [specifier, parentURL, data] = args;
  noted.push({ specifier, parentURL, data: copyOf(data, transferList), transferList });
}

/** Parent, before a fork: the child will have nobody to ask. @internal */
export function prepareModuleHooks(): void {
  if (own !== undefined || !hasModuleHooks()) return;
  found ??= find();
  if (early) askForEarlier();
}

/** Parent. False if import() would not settle in a child. @internal */
export function knowsModuleHooks(): boolean {
  if (!hasModuleHooks()) return true;
  found ??= find();
  return found !== undefined;
}

function find(): HooksThread | undefined {
  try {
    return findHooksThread();
  } catch {
    return undefined; // without node:inspector
  }
}

function askForEarlier(): void {
  early = false;
  if (found) earlier = ask(found.proxy);
}

// By a module that is registered there like any other, and has no hooks (lib/node/module-hooks.ts).
function ask(proxy: HooksProxy): string[] | undefined {
  const { port1, port2 } = new MessageChannel();
  silent = true;
  try {
    const url = pathToFileURL(require.resolve('../node/module-hooks.js')).href;
    proxy.makeSyncRequest('register', [port2], url, 'data:', { port: port2 }, false);
    return (receiveMessageOnPort(port1) as { message: string[] } | undefined)?.message;
  } finally {
    silent = false;
    port1.close();
  }
}

/** Child. @internal */
export function renewModuleHooks(): void {
  if (found === undefined) return;
  own = failure = undefined;
  found.worker.unref(); // for which the parent may have been waiting
  forgetLoading(found);
  const { proxy } = found;
  defineProperty(proxy, 'makeSyncRequest', {
    value: (...args: unknown[]): unknown => {
      const thread = startThread();
      return apply(get(thread, 'makeSyncRequest') as () => unknown, thread, args);
    },
    configurable: true,
    writable: true,
  });
  defineProperty(proxy, 'makeAsyncRequest', {
    // eslint-disable-next-line @typescript-eslint/require-await -- so that whatever goes wrong is a rejection
    value: async (...args: unknown[]): Promise<unknown> => {
      const thread = startThread();
      return apply(get(thread, 'makeAsyncRequest') as () => unknown, thread, args);
    },
    configurable: true,
    writable: true,
  });
}

function startThread(): HooksProxy {
  if (failure) throw failure;
  const withEmptyData: unknown[] = [];
  while (!own) {
    try {
      own = registerAgain(withEmptyData);
    } catch (error) {
      const { registration, cause } = error as Refusal;
      if (!registration) throw error;
      const { specifier, isDataUnknown } = registration;
      // In another thread: in this one it is registered, though it has failed.
      if (isDataUnknown && !withEmptyData.includes(specifier)) {
        withEmptyData.push(specifier);
        continue;
      }
      failure = codedError(
        Error,
        'ERR_FORK_MODULE_HOOKS',
        `import() does not work in this child: the module hooks ${String(specifier)} could not be registered again. ` +
          `If they need the data that register() was given, load posix-fork before them (node --import posix-fork)`,
      );
      throw Object.assign(failure, { cause });
    }
  }
  return own;
}

interface Refusal {
  registration?: Registration;
  cause: unknown;
}

function registerAgain(withEmptyData: readonly unknown[]): HooksProxy {
  const { proxy } = found as HooksThread;
  const thread: HooksProxy = construct(proxy.constructor, []);
  for (const registration of [...registeredEarlier(thread), ...noted]) {
    const { specifier, parentURL, isDataUnknown, transferList } = registration;
    const data = isDataUnknown && withEmptyData.includes(specifier) ? {} : registration.data;
    const [copy, ports] = withPorts(data, transferList);
    silent = true;
    try {
      thread.makeSyncRequest('register', ports, specifier, parentURL, copy, false);
    } catch (cause) {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- for startThread() alone
      throw { registration, cause } satisfies Refusal;
    } finally {
      silent = false;
    }
  }
  return thread;
}

// Those of --loader are there already in a new thread.
function registeredEarlier(thread: HooksProxy): Registration[] {
  if (!earlier?.length) return [];
  const present = ask(thread) ?? [];
  const missing = earlier.filter((url) => {
    const at = present.indexOf(url);
    if (at >= 0) present.splice(at, 1);
    return at < 0;
  });
  const parentURL = pathToFileURL(`${process.cwd()}/`).href; // for one whose URL is not known
  return missing.map((specifier) => ({ specifier, parentURL, data: undefined, isDataUnknown: true, transferList: [] }));
}

// What is transferred is no longer here afterwards. A port stays as it is: in the child another one takes its place.
function copyOf(data: unknown, transferList: readonly unknown[]): unknown {
  return mapped(data, (value) => {
    const memory = ArrayBuffer.isView(value) ? value.buffer : value;
    return memory instanceof ArrayBuffer && transferList.includes(memory) ? structuredClone(value) : value;
  });
}

function withPorts(data: unknown, transferList: readonly unknown[]): [unknown, MessagePort[] | undefined] {
  if (transferList.length === 0) return [data, undefined];
  const ports: MessagePort[] = [];
  const copy = mapped(data, (value) => {
    if (!(value instanceof MessagePort)) return value;
    const { port1, port2 } = new MessageChannel(); // nobody is at its other end
    port1.unref();
    ports.push(port2);
    return port2;
  });
  return [copy, ports];
}

function mapped(value: unknown, replace: (value: unknown) => unknown, depth = 0): unknown {
  const replaced = replace(value);
  if (replaced !== value || typeof value !== 'object' || value === null || depth > 4) return replaced;
  if (Array.isArray(value)) return value.map((each) => mapped(each, replace, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapped(each, replace, depth + 1)]));
}

watchRegistrations();

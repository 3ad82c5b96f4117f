// Where are the hooks of module.register() and --loader? In a thread of their own, behind an object that nobody exports: the
// module loader of each thread has it (lib/internal/modules/esm/loader.js, hooks.js).
//
// In Node 20 and 22 the loader has `#customizations`, whose methods call `hooksProxy`; in 24 and 26 `#asyncLoaderHooks`, whose
// methods call `asyncLoaderHookWorker`. Both are one kind of object: it starts the thread, and asks it.
import * as modules from 'node:module';
import type { MessagePort, Worker } from 'node:worker_threads';
import { Inspection } from './inspect-scope.js';
import { loaded, USES } from './loaded.js';

/** What asks the thread of the hooks. @internal */
export interface HooksProxy {
  constructor: new () => HooksProxy;
  makeSyncRequest(method: string, transferList: readonly unknown[] | undefined, ...args: unknown[]): unknown;
  makeAsyncRequest(method: string, transferList: readonly unknown[] | undefined, ...args: unknown[]): Promise<unknown>;
}

/** The thread of the hooks, as the main thread sees it. @internal */
export interface HooksThread {
  proxy: HooksProxy;
  worker: Worker;
  loader: Loader;
}

/** A message to it. @internal */
export interface HooksRequest {
  method?: unknown;
  args?: readonly unknown[];
}

type AnyFunction = (...args: never[]) => unknown;
interface Link {
  fn?: unknown;
  url?: unknown;
}
interface Job {
  module?: { getStatus(): number; getNamespace(): { resolve?: unknown; load?: unknown } };
}
interface Loader {
  loadCache: Map<string, Record<string, Job | AnyFunction>>;
}

// As it was before the program had a chance to patch it. Node.js 20.4 and 20.5 have none.
const { register } = modules as { register?: AnyFunction };

/** Whether this process has such a thread. It is a Worker that Node tells nobody of. @internal */
export function hasModuleHooks(): boolean {
  return loaded('module', USES.moduleHooks) !== undefined;
}

/**
 * @returns undefined where it is not found
 * @throws where node:inspector is not to be had
 * @internal
 */
export function findHooksThread(): HooksThread | undefined {
  return Inspection.run((inspection) => {
    const loader = loaderOfThread(inspection);
    const hooks = loader && (hooksOfLoader(inspection, loader) as { register?: AnyFunction } | undefined);
    if (typeof hooks?.register !== 'function') return undefined;
    const [proxy] = inspection.scopeOf(hooks.register, ['hooksProxy', 'asyncLoaderHookWorker']).values();
    if (!isProxy(proxy)) return undefined;
    const worker = inspection.privateOf(proxy, ['#worker']) as Worker | undefined;
    return typeof worker?.postMessage === 'function' ? { proxy, worker, loader: loader as Loader } : undefined;
  });
}

// v8::Module::kUninstantiated: loaded, and waits for what it imports.
const NOT_LINKED = 0;

const { keys } = Object;
const { deleteProperty } = Reflect;

/**
 * Child: what was being loaded at the fork is its parent's to wait for. It is not known here, so that it can be imported.
 *
 * @internal
 */
export function forgetLoading({ loader: { loadCache } }: HooksThread): void {
  loadCache.forEach((jobs) => {
    for (const type of keys(jobs)) {
      const job = jobs[type];
      // A function is a job that has not begun.
      if (typeof job !== 'object') continue;
      if (job.module === undefined || job.module.getStatus() === NOT_LINKED) deleteProperty(jobs, type);
    }
  });
}

function isProxy(value: unknown): value is HooksProxy {
  const proxy = value as Partial<HooksProxy> | undefined;
  return typeof proxy?.makeSyncRequest === 'function' && typeof proxy.makeAsyncRequest === 'function';
}

/** Called by Node in the thread of the hooks, if this module is registered there: tells which hooks there are. @internal */
export function initialize(data?: { port?: MessagePort }): void {
  data?.port?.postMessage(urlsOfHooks());
  data?.port?.close();
}

// In the order in which they were registered; Node's own come first.
function urlsOfHooks(): string[] | undefined {
  return Inspection.run((inspection) => {
    const loader = loaderOfThread(inspection);
    const hooks = loader && hooksOfLoader(inspection, loader);
    const chains = hooks && (inspection.privateOf(hooks, ['#chains']) as { resolve: Link[]; load: Link[] } | undefined);
    if (!Array.isArray(chains?.resolve) || !Array.isArray(chains.load)) return undefined;
    const urls = urlsByFunction(loader as Loader);
    return merge(urlsOf(chains.resolve, urls), urlsOf(chains.load, urls));
  });
}

// A link of the chain has what register() was told, which need not be a URL. Whose function it is, that module it was.
function urlsOf(links: readonly Link[], urls: ReadonlyMap<unknown, string>): string[] {
  return links.map(({ fn, url }) => urls.get(fn) ?? String(url)).filter((url) => !url.startsWith('node:'));
}

function urlsByFunction({ loadCache }: Loader): Map<unknown, string> {
  const urls = new Map<unknown, string>();
  loadCache.forEach((jobs, url) => {
    for (const job of Object.values(jobs)) {
      try {
        const { resolve, load } = (job as Required<Job>).module.getNamespace();
        urls.set(resolve, url).set(load, url);
      } catch {
        // not loaded yet, or in another way
      }
    }
  });
  urls.delete(undefined);
  return urls;
}

// Most modules are in both chains, some in one of them.
function merge(some: readonly string[], others: readonly string[]): string[] {
  const merged = [];
  let next = 0;
  for (const url of some) {
    const at = others.indexOf(url, next);
    if (at >= 0) {
      merged.push(...others.slice(next, at));
      next = at + 1;
    }
    merged.push(url);
  }
  return [...merged, ...others.slice(next)];
}

function loaderOfThread(inspection: Inspection): Loader | undefined {
  const loader = register && inspection.scopeOf(register, ['cascadedLoader']).get('cascadedLoader');
  return typeof loader === 'object' && loader !== null ? (loader as Loader) : undefined;
}

function hooksOfLoader(inspection: Inspection, loader: Loader): object | undefined {
  return inspection.privateOf(loader, ['#customizations', '#asyncLoaderHooks']) as object | undefined;
}

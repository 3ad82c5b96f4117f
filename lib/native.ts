// Where does the native half come from, and what if it cannot be had?
//
// Importing works everywhere; where the addon cannot work, each of its functions throws the reason.
import path from 'node:path';
import { unsupportedError } from './errors.js';
import type { ThreadKind } from './threads.js';

/** What a reap gives, before it is decoded. @internal */
export interface RawStatus {
  pid: number;
  raw: number;
  rusage: ResourceUsage;
}

/**
 * What a child and its own waited-for children have used, in the names and units of `process.resourceUsage()`: times in
 * microseconds, `maxRSS` in kilobytes, the rest in numbers of events. Source: `wait4(2)`, `getrusage(2)`.
 */
export interface ResourceUsage {
  userCPUTime: number;
  systemCPUTime: number;
  maxRSS: number;
  minorPageFault: number;
  majorPageFault: number;
  fsRead: number;
  fsWrite: number;
  voluntaryContextSwitches: number;
  involuntaryContextSwitches: number;
}

/** What the census finds; see native/threads/census.h. @internal */
export interface RawCensus {
  threads: {
    tid: number;
    name: string;
    kind: ThreadKind;
    unnamed: boolean;
    parked: boolean;
    syscall: string | null;
    covered: boolean;
  }[];
  operations: number;
}

/** The table in native/addon.cc. @internal */
export interface Native {
  fork(quiesceTimeout: number, heapSize: number, bare: boolean, skip: number): number;
  forkSupport(): string[];
  leavesWithoutWorkers(): boolean;
  leave(code: number): never;
  waitpidSync(pid: number, flags: number): RawStatus | null;
  waitpid(pid: number): Promise<RawStatus>;
  threads(): RawCensus;
  uncoveredThreads(): RawCensus | null;
  getpid(): number;
  _exit(code: number): never;
}

/** Why nothing works here, or undefined. @internal */
export let unsupported: string | undefined;

function whyNotHere(): string | undefined {
  for (const runtime of ['bun', 'deno']) {
    if (process.versions[runtime]) return `the runtime is ${runtime}, not Node.js`;
  }
  if ((process as { type?: string }).type === 'renderer') return "the runtime is Electron's renderer";
  if (process.platform !== 'linux') return `the platform is ${process.platform}, not linux`;
  return undefined;
}

function load(): Native {
  unsupported = whyNotHere();
  if (unsupported === undefined) {
    try {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- an untyped CommonJS module that finds the addon
      const nodeGypBuild = require('node-gyp-build') as (dir: string) => Native;
      return nodeGypBuild(path.join(__dirname, '..'));
    } catch (error) {
      unsupported = `its addon cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  const reason = unsupported;
  return new Proxy({} as Native, {
    get: () => () => {
      throw unsupportedError(reason);
    },
  });
}

/** @internal */
export const native = load();

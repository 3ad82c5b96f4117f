// What lies on the stack? For a warning or an error that names the user's line, and for who has to know who called.
import { fileURLToPath } from 'node:url';

type Callable = (...args: never[]) => unknown;

// As they were before the program had a chance to patch them.
const { defineProperty, deleteProperty, get, getOwnPropertyDescriptor } = Reflect;
const captureStackTrace = Error.captureStackTrace.bind(Error);

// More frames than there can be. With Infinity V8 14 (Node 26) ends the process if a debugger is attached:
// "Check failed: new_capacity > 0".
const WHOLE = 100_000;

/**
 * The stack from the caller of `below` on, as it is now; what is returned writes it out, one frame a line, which costs
 * twice as much again. @internal
 */
export function framesAbove(below: Callable): () => string {
  const site: { stack?: unknown } = {};
  captureWhole(site, below);
  return () => {
    const { stack } = site; // formatted at the first look, perhaps by the program's own Error.prepareStackTrace
    const lines =
      typeof stack === 'string' ? stack.split('\n') : Array.isArray(stack) ? stack.map((f) => `    at ${f}`) : [];
    return lines.filter((line) => /^\s+at /.test(line)).join('\n');
  };
}

/**
 * The files of the functions below the caller, the latest first, whatever the program has made of built-ins. Nothing of the
 * program's runs. @internal
 */
export function filesBelow(caller: Callable): string[] {
  return eachBelow(caller, fileOf);
}

/** Where the first function below the caller is at that is not Node's own: `file:line:column`. @internal */
export function lineBelow(caller: Callable): string | undefined {
  const found = eachBelow(caller, (site) => site).find((site) => !/^(?:node:|$)/.test(fileOf(site)));
  return found && `${pathOf(fileOf(found))}:${found.getLineNumber()}:${found.getColumnNumber()}`;
}

// The program may have named it (a script of node:vm).
function pathOf(file: string): string {
  try {
    return file.startsWith('file:') ? fileURLToPath(file) : file;
  } catch {
    return file;
  }
}

function fileOf(site?: NodeJS.CallSite): string {
  return site?.getFileName() ?? '';
}

function eachBelow<T>(caller: Callable, of: (site?: NodeJS.CallSite) => T): T[] {
  const each: T[] = [];
  const take = (_error: unknown, sites: NodeJS.CallSite[]): undefined => {
    for (let i = 0; i < sites.length; i++) each[i] = of(sites[i]);
  };
  const site = {};
  captureWhole(site, caller);
  withErrorProperty('prepareStackTrace', take, () => get(site, 'stack') as unknown); // formats it
  return each;
}

// All of it: what matters may be far above a library's frames.
function captureWhole(site: object, below: Callable): void {
  withErrorProperty('stackTraceLimit', WHOLE, () => {
    captureStackTrace(site, below);
  });
}

// With --frozen-intrinsics it stays as it is.
function withErrorProperty(name: string, value: unknown, act: () => void): void {
  const before = getOwnPropertyDescriptor(Error, name);
  const changed = defineProperty(Error, name, {
    value,
    // What is there, and cannot be configured, may be written all the same.
    ...(before?.configurable !== false && { writable: true, configurable: true }),
  });
  act();
  if (!changed) return;
  if (before) defineProperty(Error, name, before);
  else deleteProperty(Error, name);
}

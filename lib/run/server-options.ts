// Are the options of a fork server valid, and how is its template started?
import { readlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { POLICIES } from '../fork/thread-policy.js';
import { prepareSpawn, type SpawnOptions } from '../spawn/start.js';
import { validatePath } from '../sys/bytes.js';
import {
  invalidType,
  invalidValue,
  isArray,
  isInstance,
  MAX_INT,
  validateAbortSignal,
  validateBoolean,
  validateInteger,
  validateOneOf,
  validateOptions,
} from '../sys/validate.js';
import { validateFds } from './post.js';
import type { ServerRequest } from './server-messages.js';
import type { ForkServerOptions } from './server-types.js';

const NAMES = [
  ...(['args', 'execArgv', 'env', 'cwd', 'stdio', 'keepFds'] as const),
  ...(['spare', 'threads', 'warmup', 'grace', 'signal'] as const),
] as const;
const MAX_SPARE = 256;
const DEFAULT_GRACE = 1000; // ms
const TEMPLATE = path.join(__dirname, 'server-template.js');

/** @internal */
export interface Prepared {
  start: (socket: number) => number;
  setup: Extract<ServerRequest, { type: 'setup' }>;
  spare: number;
  grace: number;
  signal: AbortSignal | undefined;
}

/** @internal */
export function prepare(setup: unknown, options: ForkServerOptions): Prepared {
  const url = toUrl(setup, 'setup');
  const known = validateOptions(options, 'options', NAMES);
  const { args = [], execArgv = [], keepFds = [], spare = 0, threads = 'throw', signal } = known;
  const { warmup = true, grace = DEFAULT_GRACE } = known;
  const argv = toStrings(args, 'options.args');
  const flags = toStrings(execArgv, 'options.execArgv');
  const fds = toStdio(known.stdio);
  for (const fd of validateFds(keepFds, 'options.keepFds', 3)) fds[fd] = fd;
  validateInteger(spare, 'options.spare', 0, MAX_SPARE);
  validateOneOf(threads, 'options.threads', POLICIES);
  validateBoolean(warmup, 'options.warmup');
  validateInteger(grace, 'options.grace', 0, MAX_INT);
  if (signal !== undefined) validateAbortSignal(signal, 'options.signal');
  // Free in the template, whatever else it is to have.
  const target = Math.max(2, ...Object.keys(fds).map(Number)) + 1;
  const [requester, thread] = ownThread();
  const program = [...flags, '--experimental-import-meta-resolve', TEMPLATE, String(target), requester, thread];
  const spawning: SpawnOptions = {};
  if (known.env !== undefined) spawning.env = known.env;
  if (known.cwd !== undefined) spawning.cwd = known.cwd;
  const start = (socket: number): number => {
    const all = { ...fds, [target]: socket };
    return prepareSpawn(process.execPath, program, { ...spawning, fds: all }, ['env', 'cwd', 'fds']).start(
      'forkServer()',
    ).pid;
  };
  prepareSpawn(process.execPath, program, { ...spawning, fds }, ['env', 'cwd', 'fds']); // checks the rest of it
  return { start, setup: { type: 'setup', url, args: argv, threads, warmup }, spare, grace, signal };
}

function toUrl(value: unknown, name: string): string {
  const isUrl = isInstance(value, URL);
  if (!isUrl && typeof value !== 'string') throw invalidType(name, 'of type string or an instance of URL', value);
  if (!isUrl && !value.startsWith('file:')) {
    validatePath(value, name);
    return pathToFileURL(value).href;
  }
  return toFileUrl(value, name).href;
}

// With everything that makes it one of a file: no host, no slash that is escaped.
function toFileUrl(value: string | URL, name: string): URL {
  try {
    const url = new URL(value);
    validatePath(fileURLToPath(url), name);
    return url;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalidValue(name, value, `must be a path or the URL of a file (${why})`);
  }
}

function toStrings(list: unknown, name: string): string[] {
  if (isArray(list) !== true) throw invalidType(name, 'an instance of Array', list);
  return Array.from(list as ArrayLike<unknown>, (each, i) => {
    if (typeof each !== 'string') throw invalidType(`${name}[${i}]`, 'of type string', each);
    if (each.includes('\0')) throw invalidValue(`${name}[${i}]`, each, 'must be a string without null bytes');
    return each;
  });
}

// What is not named is inherited, if it is open.
function toStdio(stdio: ForkServerOptions['stdio'] = 'inherit'): Record<number, 'ignore' | number> {
  const list = isArray(stdio) === true ? (stdio as readonly unknown[]) : [stdio, stdio, stdio];
  if (list.length !== 3) throw invalidValue('options.stdio', stdio, 'must have three elements');
  const fds: Record<number, 'ignore' | number> = {};
  list.forEach((each, target) => {
    const name = list === stdio ? `options.stdio[${target}]` : 'options.stdio';
    if (each === 'ignore') fds[target] = each;
    else if (typeof each === 'number') fds[target] = validateFds([each], name)[0] as number;
    else if (each !== 'inherit') throw invalidValue(name, each, "must be 'inherit', 'ignore' or a descriptor");
  });
  return fds;
}

// The template ends with it.
function ownThread(): [pid: string, tid: string] {
  const [pid, , tid] = readlinkSync('/proc/thread-self').split('/') as [string, string, string];
  return [pid, tid];
}

/** @internal */
export function toSpecifiers(value: unknown): string[] {
  const list = isArray(value) === true ? (value as unknown[]) : [value];
  return list.map((each, i) => {
    const name = isArray(value) === true ? `specifiers[${i}]` : 'specifiers';
    if (isInstance(each, URL)) return each.href;
    if (typeof each !== 'string') throw invalidType(name, 'of type string or an instance of URL', each);
    if (each === '') throw invalidValue(name, each, 'cannot be empty');
    return path.isAbsolute(each) ? pathToFileURL(each).href : each;
  });
}

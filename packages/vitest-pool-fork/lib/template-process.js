// The template: what does a process load, so that test files need not, and how does it become the process of one?
//
// It has Vitest's worker runtime, the environment (jsdom, say) and what the tests import, and runs no test itself. For each worker that
// Vitest wants it forks a child, which talks to Vitest by a socket of its own.
import { readdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import v8 from 'node:v8';
import posix from 'posix-fork';
import { openChannel } from './channel.js';
import { differences, survey } from './survey.js';
import { hasThreads, tryImports } from './trial.js';

// Collections before a fork are worth their time when this much was loaded since the last.
const SETTLE_AFTER = 16e6; // bytes

const exit = process.exit.bind(process);
const tell = process.send.bind(process);
process.on('disconnect', () => exit(0));
posix.support(); // it finds Node's state before an environment replaces globals
v8.setFlagsFromString('--no-flush-bytecode'); // or collections throw away what children would compile again

const { dist, socketPath, start, preload } = await new Promise((resolve) => process.once('message', resolve));
process.argv[1] = path.join(dist, 'workers/forks.js'); // as in the process that this one stands for
const { init, runBaseTests, setupEnvironment } = await importFile(path.join(dist, 'worker.js'));
const { chai, expect } = await importFile(path.join(dist, 'index.js'));
const framework = {
  expect,
  assertion: chai.Assertion.prototype,
  chai,
  matchers: globalThis[Symbol.for('$$jest-matchers-object')],
};

const listeners = new Set();
let post;
init({
  post: (response) => post(response),
  on: (listener) => listeners.add(listener),
  off: (listener) => listeners.delete(listener),
  teardown: () => listeners.clear(),
  runTests: (state, traces) => execute('run', state, traces),
  collectTests: (state, traces) => execute('collect', state, traces),
  setup: setupEnvironment,
});

let warm = false;
if (start !== undefined) {
  const { error } = await new Promise((resolve) => {
    post = resolve;
    deliver(start);
  });
  if (error) tell({ type: 'failed', reason: error.message });
  warm = start.context.config.disableConsoleIntercept || (await takeConsole());
}
if (warm) for (const url of preload) await take(url);
let settled = 0;
settle();
let baseline;

// A fork in the middle of an import would leave it half done in the child, for good: one thing at a time, forks first.
const forks = [];
const imports = [];
let busy = false;
process.on('message', (message) => {
  if (message.type === 'fork') forks.push(() => forkWorker(message));
  if (message.type === 'learn') void learn(message);
  if (message.type === 'kill') children.get(message.id)?.kill(message.signal);
  void work();
});
const children = new Map();
tell({ type: 'ready', warm });

async function work() {
  if (busy) return;
  busy = true;
  for (let next; (next = forks.shift() ?? imports.shift()) !== undefined;) await next();
  busy = false;
}

async function forkWorker({ id, look }) {
  if (look) baseline ??= survey(framework);
  try {
    const child = await posix.forkRun(() => beWorker(id, look), { threads: 'throw' });
    children.set(id, child);
    tell({ type: 'forked', id, pid: child.pid });
    child.status.then(({ state, code, signal }) => {
      children.delete(id);
      tell({ type: 'ended', id, how: state === 'exited' ? `exited with code ${code}` : `was ended by ${signal}` });
    });
  } catch (error) {
    tell({ type: 'refused', id, reason: error.message });
  }
}

async function learn({ urls, watched }) {
  const harmless = [];
  const left = [];
  for (let rest = urls; rest.length > 0; rest = urls.slice(harmless.length + left.length)) {
    const count = await tryInChild(rest, watched);
    harmless.push(...rest.slice(0, count));
    left.push(...rest.slice(count, count + 1));
  }
  imports.push(async () => {
    for (const url of harmless) await take(url);
    settle();
    tell({ type: 'learned', harmless, left });
  });
  void work();
}

/** How many of them can be imported before one does something; none if the child ended over them. */
async function tryInChild(urls, watched) {
  try {
    const child = await new Promise((resolve, reject) => {
      const main = () => tryImports(urls, watched, framework);
      forks.push(() => posix.forkRun(main, { threads: 'throw' }).then(resolve, reject));
      void work();
    });
    return await child.result;
  } catch {
    return 0;
  }
}

async function take(url) {
  const failed = await import(url).then(
    () => (hasThreads() ? new Error('it started a thread') : undefined),
    (error) => error,
  );
  if (failed) tell({ type: 'failed', url, reason: `${url}: ${failed?.message ?? failed}` });
}

function settle() {
  const { heapUsed } = process.memoryUsage();
  if (heapUsed - settled < SETTLE_AFTER) return;
  posix.warmup();
  settled = process.memoryUsage().heapUsed;
}

/** Vitest's console, which finds the file that it prints for by itself: a module may keep it from now on. */
async function takeConsole() {
  const chunks = path.join(dist, 'chunks');
  const name = readdirSync(chunks).find((file) => /^console\..*\.js$/.test(file));
  const { createCustomConsole } = name === undefined ? {} : await importFile(path.join(chunks, name));
  if (createCustomConsole === undefined) return false;
  globalThis.console = createCustomConsole();
  return true;
}

function importFile(file) {
  return import(pathToFileURL(file));
}

function deliver(message) {
  for (const listener of [...listeners]) listener(message);
}

// From here on: in the child.

async function beWorker(id, look) {
  posix.setPdeathsig('SIGKILL');
  const socket = createConnection(socketPath);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const send = openChannel(socket, (message) => {
    if (message.type === 'start' && start !== undefined) {
      process.env.VITEST_POOL_ID = String(message.poolId);
      process.env.VITEST_WORKER_ID = String(message.workerId);
      send({ type: 'started', __vitest_worker_response__: true });
      return;
    }
    if (message.type === 'run') files = message.context.files.map(({ filepath }) => filepath);
    deliver(message);
  });
  let files = look ? undefined : [];
  post = (message) => {
    // Setup files have run when the first test file is asked for.
    if (look && message.m === 'resolve' && files.includes(message.a[0])) {
      look = false;
      send({ type: 'posix-fork:changed', changes: differences(baseline, survey(framework)) });
    }
    send(message);
  };
  send(id);
  await closed;
}

async function execute(method, state, traces) {
  // The environment was there before: it took this file no time.
  if (start !== undefined)
    Object.defineProperty(state.durations, 'environment', { enumerable: true, get: () => 0, set() {} });
  try {
    await runBaseTests(method, state, traces);
  } finally {
    process.exit = exit;
  }
}

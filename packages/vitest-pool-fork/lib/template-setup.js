// What does the template load, so that test files need not, and how does a child of it become the process of one?
//
// The setup module of a fork server. It has Vitest's worker runtime, the environment (jsdom, say) and what the tests import, and runs no test itself.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import v8 from 'node:v8';
import { differences, survey } from './survey.js';
import { hasThreads, tryImports } from './trial.js';

// Tests replace what they like: nothing here looks a global up later.
const { serialize, deserialize } = v8;
const { apply } = Reflect;
const exit = process.exit.bind(process);
const nextTick = process.nextTick.bind(process);

const { dist, start, preload } = deserialize(Buffer.from(process.argv[2], 'base64'));
process.argv = [process.argv[0], path.join(dist, 'workers/forks.js')]; // as in the process that this one stands for
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
    nextTick(deliver, start);
  });
  if (error) throw error;
  warm = start.context.config.disableConsoleIntercept || (await takeConsole());
}
if (warm) for (const url of preload) await take(url);

async function take(url) {
  try {
    await import(url);
    if (hasThreads()) throw new Error('it started a thread');
  } catch (error) {
    throw Object.assign(new Error(`${url}: ${error?.message ?? error}`), { url });
  }
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
  for (const listener of [...listeners]) apply(listener, process, [message]); // as process.emit() does
}

// From here on: in the child.

const TASKS = { try: (urls, watched) => tryImports(urls, watched, framework), work: beWorker };

export default (task, ...args) => TASKS[task](...args);

async function beWorker(look, port) {
  const baseline = look && warm ? survey(framework) : undefined;
  const closed = new Promise((resolve) => port.once('close', resolve));
  const send = (message) => port.postMessage(serialize(message));
  let files;
  const receive = (message) => {
    if (message.type === 'start' && start !== undefined) {
      process.env.VITEST_POOL_ID = String(message.poolId);
      process.env.VITEST_WORKER_ID = String(message.workerId);
      send({ type: 'started', __vitest_worker_response__: true });
      return;
    }
    if (message.type === 'run' && baseline) files ??= message.context.files.map(({ filepath }) => filepath);
    deliver(message);
  };
  // As messages of a process of Vitest's own come: the stacks of errors end in the same lines.
  port.on('message', (bytes) => nextTick(receive, deserialize(bytes)));
  post = (message) => {
    // Setup files have run when the first test file is asked for.
    if (message.m === 'resolve' && files?.includes(message.a[0])) {
      files = [];
      send({ type: 'posix-fork:changed', changes: differences(baseline, survey(framework)) });
    }
    send(message);
  };
  await closed;
}

// No async function: it would be in the stacks of the test file's errors.
function execute(method, state, traces) {
  // The environment was there before: it took this file no time.
  if (start !== undefined)
    Object.defineProperty(state.durations, 'environment', { enumerable: true, get: () => 0, set() {} });
  return runBaseTests(method, state, traces).finally(() => (process.exit = exit));
}

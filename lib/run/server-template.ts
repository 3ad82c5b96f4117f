// What does the template of a fork server do? It loads the setup module, and forks on request. A program of its own: argv has the
// descriptor of its socket, the pid of the requester, and the id of the thread there that has started it.
//
// It ends with that thread: the socket tells, and where this process is stopped or busy, the kernel does.
import type { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import { onCleanTurn } from '../fork/clean-turn.js';
import { checkForkOptions, forkFrom } from '../fork/fork.js';
import { refuseThreads, type ThreadPolicy } from '../fork/thread-policy.js';
import { warmup } from '../fork/warmup.js';
import { whenChild } from '../child/when-child.js';
import { killChild } from '../reap/kill.js';
import { waitpid } from '../reap/wait.js';
import { now, setTimeout } from '../sys/clock.js';
import { findChanged, withBuiltIns } from '../sys/built-ins.js';
import { native } from '../sys/native.js';
import { codedError } from '../sys/errors.js';
import { importedFrom } from './imported-from.js';
import { emfile, ForkPort } from './port.js';
import { encodeError } from './result.js';
import { noteLoaded, rehearse, serveTask, type Work } from './served-child.js';
import { type ServerAnswer, type ServerRequest, SETUP } from './server-messages.js';
import { has } from '../sys/own.js';

const SIGKILL = 9;
const QUIET = 1000; // ms, for operations of libuv's pool that setup has left under way

interface Fork {
  id: number;
  socket: number;
}
type Imports = Extract<ServerRequest, { type: 'import' }>;

const pid = native.getpid();
const [socketFd, requester, thread] = process.argv.slice(2, 5).map(Number) as [number, number, number];
native.setPdeathsig(SIGKILL);
if (native.getppid() !== requester || !existsSync(`/proc/${requester}/task/${thread}`)) native._exit(1);
native.descriptorFlag(socketFd, true, true); // no program that setup starts gets it
v8.setFlagsFromString('--no-flush-bytecode'); // what a child runs is compiled here, and stays so

const control = ForkPort.open(socketFd, false);
ForkPort.mayLackFds(control);
const todo: (Fork | Imports)[] = [];
const pids = new Map<number, number>();
let busy = true; // until setup is through
let setup: Extract<ServerRequest, { type: 'setup' }>;
let work: Work;

whenChild(() => {
  // The sockets of those that are to be forked.
  for (const each of todo.splice(0)) if (has(each, 'socket')) native.close(each.socket);
  pids.clear();
});

const requests: EventEmitter = control as never;
requests.on('message', (request: ServerRequest, fds: number[]) => {
  if (request.type === 'setup') void begin(request);
  else if (request.type === 'kill') kill(request);
  else if (request.type === 'fork') onFork(request.id, fds[0]);
  else todo.push(request);
  next();
});
requests.on('close', () => {
  process.exit();
});

function onFork(id: number, socket: number | undefined): void {
  if (socket !== undefined) todo.push({ id, socket });
  else ForkPort.postParts(control, encodeError(emfile(), { type: 'failed', id }));
}

async function begin(request: typeof setup): Promise<void> {
  setup = request;
  process.argv = [process.execPath, fileURLToPath(setup.url), ...setup.args];
  process.execArgv = process.execArgv.filter((flag) => flag !== '--experimental-import-meta-resolve');
  try {
    work = workOf(await load(setup.url));
    rehearse();
    settle();
    await quiet();
    refuse(setup.threads);
  } catch (error) {
    ForkPort.postParts(control, encodeError(error, { type: 'failed', id: SETUP }));
    return;
  }
  busy = false;
  answer({ type: 'ready' });
  next();
}

// As Node loads a program: by require() where only that knows the file's kind (ts-node/register and the like).
async function load(url: string): Promise<object> {
  const file = fileURLToPath(url);
  const extension = path.extname(file);
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- a runner's hooks are there
  const registered = Object.keys(require.extensions).includes(extension);
  const ofNode = ['.js', '.cjs', '.mjs', '.json', '.node'];
  if ((process.features as { typescript?: unknown }).typescript) ofNode.push('.ts', '.cts', '.mts');
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- see above
  if (registered && !ofNode.includes(extension)) return require(file) as object;
  return await importedFrom(__filename, () => import(url) as Promise<object>);
}

// What TypeScript makes of `export default` in CommonJS is a default of the default.
function workOf(module: { default?: unknown }): Work {
  const { default: given } = module;
  const found = typeof given === 'function' ? given : ((given as typeof module | undefined)?.default ?? module);
  if (typeof found === 'function') return found as Work;
  throw codedError(
    TypeError,
    'ERR_INVALID_ARG_VALUE',
    `The argument 'setup' must be a module whose default export is the function that each child calls. ${setup.url} has none`,
  );
}

function settle(): string[] {
  const added = noteLoaded();
  if (!setup.warmup) return added;
  try {
    warmup();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_FORK_UNSUPPORTED_RUNTIME') throw error;
  }
  return added;
}

async function quiet(): Promise<void> {
  const end = now() + QUIET;
  while (now() < end && hasOperations()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function hasOperations(): boolean {
  return (native.uncoveredThreads()?.operations ?? 0) > 0;
}

// Operations are no danger to a child; other threads are.
function refuse(policy: ThreadPolicy): void {
  if (policy === 'throw') refuseThreads('the template of forkServer()', `    at ${setup.url}`);
}

function answer(message: ServerAnswer, fds: number[] = []): void {
  control.postMessage(message, { fds });
}

// In order, one after the other: nothing is forked while modules are being loaded.
function next(): void {
  if (busy) return;
  const first = todo.shift();
  if (!first) return;
  busy = true;
  if (has(first, 'socket')) {
    onCleanTurn(() => {
      if (forkOne(first)) return;
      busy = false;
      next();
    });
    return;
  }
  void importAll(first).then(() => {
    busy = false;
    next();
  });
}

// True in the child.
function forkOne({ id, socket }: Fork): boolean {
  let child: number;
  try {
    refuse(setup.threads);
    const refusesProfilers = setup.threads === 'throw';
    const policy = refusesProfilers ? 'ignore' : setup.threads;
    const changed = findChanged();
    const options = withBuiltIns(changed, () => checkForkOptions({ threads: policy }, 'fork'));
    child = forkFrom(() => `    at ${setup.url}`, options, changed, { isRunner: true, refusesProfilers });
  } catch (error) {
    native.close(socket);
    ForkPort.postParts(control, encodeError(error, { type: 'failed', id }));
    return false;
  }
  if (child === 0) {
    serveTask(work, socket, pid);
    return true;
  }
  native.close(socket);
  pids.set(id, child);
  answerForked(id, child);
  waitpid(child).then(
    ({ pid, raw, rusage }) => {
      pids.delete(id);
      answer({ type: 'ended', id, status: { pid, raw, rusage }, repairError: native.repairErrorOf(pid) });
    },
    (error: unknown) => {
      pids.delete(id);
      ForkPort.postParts(control, encodeError(error, { type: 'lost', id }));
    },
  );
  return false;
}

// Without a pidfd before Linux 5.3, or where there is no room for it here or on the way: kill() goes through here then.
function answerForked(id: number, child: number): void {
  const said: ServerAnswer = { type: 'forked', id, pid: child };
  let pidfd: number | undefined;
  try {
    pidfd = native.pidfd(child);
    answer(said, [pidfd]);
  } catch {
    answer(said);
  } finally {
    if (pidfd !== undefined) native.close(pidfd);
  }
}

function kill({ id, signo }: Extract<ServerRequest, { type: 'kill' }>): void {
  const child = pids.get(id);
  if (child !== undefined) killChild(child, signo);
}

async function importAll({ id, specifiers }: Imports): Promise<void> {
  try {
    const { importFrom } = await import('./import-from.mjs');
    for (const specifier of specifiers) await importFrom(setup.url, specifier);
    const modules = settle();
    await quiet();
    answer({ type: 'imported', id, modules });
  } catch (error) {
    noteLoaded();
    ForkPort.postParts(control, encodeError(error, { type: 'failed', id }));
  }
}

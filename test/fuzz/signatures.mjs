// The whole API: what each function takes, what it gives, and which errors are documented besides those of wrong arguments.
//
// `tame` comes between the values and the call: it leaves wrong arguments alone, and of the right ones makes such as do no
// harm (a signal must not hit a stranger, nor a program be executed that happens to be called like a random string).
import { constants } from 'node:buffer';
import { closeSync, fstatSync } from 'node:fs';
import net from 'node:net';
import fc from 'fast-check';
import posix from 'posix-fork';
import { outcomeOf } from '../helpers/outcome.mjs';
import * as type from './types.mjs';
import { arbitrary, ownError, recipe } from './values.mjs';

const { int, bool, oneOf, either, object, orNull } = type;
const MAX = 2 ** 31 - 1;
const pid = int(-MAX, MAX);
const fd = int(0, MAX);
const raw = { args: { raw: int(0, 0xffff) }, required: 1, errors: [] };
const nothing = (value) => value === undefined;
const isNumber = (value) => Number.isInteger(value);
const isBoolean = (value) => typeof value === 'boolean';

/** What tame() has to offer; set by the one who runs this. */
export const world = { reaped: 0, forked: undefined };
// Above the kernel's largest pid (PID_MAX_LIMIT).
const NOBODY = 2 ** 22 + 7;
// One of a few harmless values, whichever the random one chooses.
const choose = (value, list) => list[Math.abs(typeof value === 'string' ? value.length : value) % list.length];
const chooseIf = (accepts, value, list) => (accepts(value) ? choose(value, list) : value);

// What throws when it is looked at is left alone.
function chooseAny({ accepts }, value, list) {
  try {
    return accepts(value) ? list[Number(value.length ?? 0) % list.length] : value;
  } catch {
    return value;
  }
}

function isOpen(number) {
  try {
    return fstatSync(number) !== undefined;
  } catch {
    return false;
  }
}

const server = net.createServer().listen(0, '127.0.0.1').unref();
const keep = {
  good: fc.constantFrom(
    recipe('[]', () => []),
    recipe('[server, 0]', () => [server, 0]),
    recipe('new Set([1])', () => new Set([1])),
    recipe('[what is not open]', () => [MAX]),
    recipe('[what has no descriptor]', () => [{ _handle: { fd: 1e300 } }]),
    recipe('[what has half a descriptor]', () => [{ _handle: { fd: 0.5 } }]),
  ),
  accepts: (value) =>
    value !== null &&
    typeof value === 'object' &&
    Symbol.iterator in value &&
    [...value].every((each) => (fd.accepts(each) && isOpen(each)) || each === server),
};
const iterable = {
  good: fc.constantFrom(
    recipe('[]', () => []),
    recipe("'ab'", () => 'ab'),
    recipe('new Set([1])', () => new Set([1])),
    recipe('a generator', () =>
      (function* () {
        yield 1;
      })(),
    ),
  ),
  accepts: (value) =>
    value !== null &&
    value !== undefined &&
    [Symbol.iterator, Symbol.asyncIterator].some((symbol) => typeof value[symbol] === 'function'),
};

// What the functions among the values throw, in a child: it comes back as a copy.
const WHAT_FUNCTIONS_THROW = /on purpose|without 'new'|proxy that has been revoked/;
// A function of whatever result, or which throws whatever.
const main = {
  ...type.func,
  good: fc.tuple(arbitrary, fc.boolean()).map(([result, throws]) =>
    recipe(`() => ${throws ? 'throws ' : ''}${result[fc.toStringMethod]()}`, () => () => {
      if (throws) throw result.make();
      return result.make();
    }),
  ),
};

const forkProperties = {
  threads: oneOf('warn', 'throw', 'ignore'),
  inherit: oneOf('stack', 'all'),
  keep,
  quiesceTimeout: int(0, MAX),
  runtime: oneOf('full', 'bare'),
};
const forkErrors = ['ERR_FORK_BUSY', 'ERR_FORK_THREADS'];
const full = { ...forkProperties, runtime: oneOf('full'), signal: type.abortSignal };
const map = {
  concurrency: int(1, MAX),
  itemsPerChild: int(1, MAX),
  retries: int(0, MAX),
  onResult: type.func,
  signal: type.abortSignal,
  threads: forkProperties.threads,
};
const countOf = (min, max = MAX) => either(int(min, max), oneOf(Infinity));
const poolProperties = {
  ...{
    size: int(1, 1024),
    tasksPerChild: countOf(1),
    memoryPerChild: countOf(1, Number.MAX_SAFE_INTEGER),
    retries: countOf(0),
  },
  ...{
    timeout: countOf(1),
    grace: int(0, MAX),
    start: type.func,
    signal: type.abortSignal,
    threads: forkProperties.threads,
  },
};
// Two children will do.
const tamePool = (options) => {
  try {
    return poolProperties.size.accepts(options.size) && options.size > 2 ? { ...options, size: 2 } : options;
  } catch {
    return options;
  }
};
const standard = { good: oneOf('inherit', 'ignore').good, accepts: (value) => isStandard(value) };
function isStandard(value) {
  return ['inherit', 'ignore'].includes(value) || (fd.accepts(value) && isOpen(value));
}
const onlyStrings = {
  good: fc.constantFrom(
    recipe('[]', () => []),
    recipe("['--flag']", () => ['--flag']),
  ),
  accepts: (value) => Array.isArray(value) && Array.from(value).every((each) => type.string.accepts(each)),
};
const setup = {
  ...type.path,
  accepts: (value) =>
    value instanceof URL ? type.anyPath.accepts(value) : type.path.accepts(value) && !value.startsWith('file:'),
};
const serverProperties = {
  ...{ args: onlyStrings, execArgv: onlyStrings, env: orNull(type.environment), cwd: type.directory },
  stdio: {
    ...standard,
    accepts: (value) => isStandard(value) || (Array.isArray(value) && value.length === 3 && value.every(isStandard)),
  },
  keepFds: {
    good: fc.constant(recipe('[]', () => [])),
    accepts: (value) =>
      value !== null &&
      typeof value === 'object' &&
      typeof value[Symbol.iterator] === 'function' &&
      [...value].every((each) => fd.accepts(each) && each > 2 && isOpen(each)),
  },
  ...{
    spare: int(0, 256),
    threads: forkProperties.threads,
    warmup: bool,
    grace: int(0, MAX),
    signal: type.abortSignal,
  },
};
// Checked as any other, and then not started: it would be a program each time.
const tameServer = (options = {}) => {
  try {
    const harmless = !Object.keys(options).some((name) => options[name] !== undefined && !(name in serverProperties));
    return harmless ? { ...options, signal: AbortSignal.abort() } : options;
  } catch {
    return options;
  }
};
const flags = { untraced: bool, continued: bool };
const constantsOf = (list) => oneOf(...list);
const waitOptions = either(object({ ...flags, signal: type.abortSignal, ref: bool }), constantsOf([0, 2, 8, 10]));
const waitFlags = either(
  object({ ...flags, nohang: bool, timeout: int(0, MAX) }),
  constantsOf([0, 1, 2, 3, 8, 9, 10, 11]),
);
const waitErrors = ['ECHILD', 'ABORT_ERR'];
// Everybody whom a wait may ask for here is a child that was reaped, or nobody's: none blocks.
const tamePid = (value) => chooseIf(pid.accepts, value, [world.reaped, NOBODY, process.pid, 1, 0, -1, -NOBODY]);
const idType = oneOf('all', 'pid', 'pidfd', 'pgid');
const looks = { stopped: bool, continued: bool, nowait: bool };
const isId = (kind, id) => fd.accepts(id) && (kind === 'all' ? id === 0 : kind !== 'pid' || id > 0);
// 699 is no descriptor; a pid it may be.
const tameId = (kind, id, ...rest) => [
  kind,
  chooseIf(fd.accepts, id, [world.reaped, NOBODY, kind === 'pidfd' ? 699 : NOBODY, 0]),
  ...rest,
];
const isStatus = (value) =>
  Object.keys(value).includes('rusage') && (value.pid === world.reaped || Object.is(value.pid, undefined));

const fileFlags = ['r', 'rs', 'r+', 'rs+', 'w', 'wx', 'w+', 'wx+', 'a', 'ax', 'as', 'a+', 'ax+', 'as+'];
export const childFile = object({
  path: type.anyPath,
  flags: either(int(0, MAX), oneOf(...fileFlags)),
  mode: int(0, 0o7777),
});
const target = either(oneOf('inherit', 'ignore'), fd, {
  ...childFile,
  accepts: (value) => childFile.accepts(value) && value.path !== undefined,
});
const fds = {
  good: fc.constantFrom(
    recipe('{}', () => ({})),
    recipe("{ 0: 'ignore', 5: 1 }", () => ({ 0: 'ignore', 5: 1 })),
    recipe("{ 2: 'inherit', 1: 77 }", () => ({ 2: 'inherit', 1: 77 })),
    recipe("{ 5: { path: '/dev/null' } }", () => ({ 5: { path: '/dev/null', flags: 'r+' } })),
    recipe('{ [MAX]: 0 }', () => ({ [MAX]: 0 })),
  ),
  accepts: (value) =>
    type.isObject(value) &&
    Object.entries(value).every(
      ([key, source]) => /^(0|[1-9]\d{0,9})$/.test(key) && key <= MAX && target.accepts(source),
    ),
};
const id = int(0, 2 ** 32 - 2);
const listOf = (item) => ({
  good: fc
    .array(item.good, { maxLength: 3 })
    .map((items) =>
      recipe(`[${items.map((each) => each[fc.toStringMethod]())}]`, () => items.map(({ make }) => make())),
    ),
  accepts: (value) => Array.isArray(value) && Array.from(value).every(item.accepts),
});
const some = (list) => ({ ...list, accepts: (value) => list.accepts(value) && value.length > 0 });
const bytes = {
  good: fc.constant(recipe('bytes', () => new Uint8Array([1, 2]))),
  accepts: (value) => value instanceof Uint8Array && value.length > 0,
};
const priorityOf = oneOf('process', 'group', 'user');
const isWhom = (which, who) => which === 'user' || who === undefined || fd.accepts(who);
const bothOfRealTime = object({ policy: oneOf('fifo', 'rr'), priority: int(1, 99) });
export const realTime = {
  ...bothOfRealTime,
  good: fc.constant(recipe("{ policy: 'rr', priority: 1 }", () => ({ policy: 'rr', priority: 1 }))),
  accepts: (value) => bothOfRealTime.accepts(value) && value.policy !== undefined && value.priority !== undefined,
};
const catchable = {
  good: fc.constantFrom('SIGHUP', 2, 64, 'SIGRTMIN+1').map((value) => recipe(String(value), () => value)),
  accepts: (value) =>
    type.signal.accepts(value) && ![0, 9, 19, 'SIGKILL', 'SIGSTOP'].includes(value?.toUpperCase?.() ?? value),
};
const limit = either(int(0, Number.MAX_SAFE_INTEGER), oneOf(Infinity));
export const bothLimits = object({ soft: limit, hard: limit });
const limits = either(limit, {
  ...bothLimits,
  accepts: (value) =>
    bothLimits.accepts(value) && (value.soft !== undefined || value.hard !== undefined) && !(value.soft > value.hard),
});
// Those that do no harm to the program that starts.
export const limitsOf = object({ core: limits, msgqueue: limits });
const resources = [
  ...['as', 'core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile', 'nproc', 'rss'],
  ...['rtprio', 'rttime', 'sigpending', 'stack'],
];
const resource = oneOf(...resources);
const isLimits = (value) => value.soft >= 0 && value.hard >= 0;
const place = either(fd, type.anyPath);
const spawnProperties = {
  ...{ cwd: type.directory, env: orNull(type.environment), argv0: orNull(type.text), path: bool, setsid: bool },
  ...{ pgid: fd, foreground: either(bool, fd), fds },
  ...{
    uid: orNull(id),
    gid: orNull(id),
    groups: listOf(id),
    umask: int(0, 0o777),
    nice: int(-20, 19),
    affinity: some(listOf(int(0, 8191))),
  },
  ...{ scheduler: either(oneOf('other', 'batch', 'idle'), realTime), limits: limitsOf, noNewPrivs: bool },
  ...{ sigmask: listOf(catchable), sigignore: listOf(catchable) },
  ...{ unshare: listOf(oneOf('pid', 'net', 'mount', 'ipc', 'uts', 'cgroup')), setns: listOf(place), cgroup: place },
};
const spawnOptions = object(spawnProperties);
const pipes = {
  good: fc.oneof(fds.good, fc.constant(recipe("{ 1: 'pipe', 4: 'pipe' }", () => ({ 1: 'pipe', 4: 'pipe' })))),
  accepts: (value) =>
    fds.accepts(
      type.isObject(value)
        ? Object.fromEntries(Object.entries(value).map(([key, source]) => [key, source === 'pipe' ? 'ignore' : source]))
        : value,
    ),
};
const bothSizes = object({ rows: int(0, 65_535), cols: int(0, 65_535) });
export const windowSize = {
  ...bothSizes,
  good: fc.constant(recipe('{ rows: 5, cols: 6 }', () => ({ rows: 5, cols: 6 }))),
  accepts: (value) => bothSizes.accepts(value) && value.rows !== undefined && value.cols !== undefined,
};
const word = int(0, 2 ** 32 - 1);
const allAttributes = object({
  ...{ iflag: int(-(2 ** 31), 2 ** 32 - 1), oflag: int(-(2 ** 31), 2 ** 32 - 1), cflag: int(-(2 ** 31), 2 ** 32 - 1) },
  ...{ lflag: int(-(2 ** 31), 2 ** 32 - 1), ispeed: word, ospeed: word, cc: listOf(int(0, 255)) },
});
const attributes = {
  ...allAttributes,
  accepts: (value) =>
    allAttributes.accepts(value) &&
    allAttributes.names.every((name) => value[name] !== undefined) &&
    value.cc.length === 32,
};
const noTerminal = ['EBADF', 'EINVAL', 'ENOTTY'];
const killSignal = { ...type.signal, accepts: (value) => type.signal.accepts(value) && value !== 0 };
const childOptions = object({
  ...spawnProperties,
  ...{ fds: pipes, signal: type.abortSignal, timeout: orNull(int(0, MAX)), killSignal: orNull(killSignal) },
  pty: either(oneOf(true), windowSize),
});
const spawnErrors = [
  'ENOENT',
  'EACCES',
  'ENOEXEC',
  'ENOTDIR',
  'E2BIG',
  'EBADF',
  'EPERM',
  'ESRCH',
  'EINVAL',
  'ENOTTY',
  'EAGAIN',
  ...['ENAMETOOLONG', 'ENOSPC', 'ELOOP', 'ENXIO'],
];
const execErrors = ['ENOENT', 'EACCES', 'ENOTDIR', 'ENAMETOOLONG', 'E2BIG', 'ENOEXEC', 'EBADF'];
const execOptions = object({ fds, cwd: type.directory });
const output = either(type.path, fd);
const blocked = Object.assign(ownError(), { code: 'ERR_BLOCKED' });

const shared = posix.sharedMemory(1024);
const int32Array = oneOf(new Int32Array(shared, 0, 16), new Int32Array(shared, 64, 16));
const timeout = {
  good: fc.constantFrom(...[0, 0.5, 1e9, Infinity].map((ms) => recipe(String(ms), () => ms))),
  accepts: (value) => typeof value === 'number' && value >= 0,
};

const group = (value) => chooseIf(fd.accepts, value, [0, process.pid, NOBODY]);
// What throws when it is looked at is left alone.
const few = (items) => {
  try {
    return (typeof items === 'string' || Array.isArray(items)) && items.length > 5 ? items.slice(0, 5) : items;
  } catch {
    return items;
  }
};
function closeAll(list) {
  for (const each of list) closeSync(each);
}
const ends = (value) => Array.isArray(value) && value.length === 2 && value.every(isNumber);
// 0: of another pid namespace.
const ids = { returns: (value) => isNumber(value) && value >= 0, errors: ['ESRCH', 'EPERM'] };

// A child that a fork of this process makes has nothing to do.
function leaveIfChild(result) {
  if (result === 0) posix._exit(0);
  return result;
}
const waitFor = async (child) => (await posix.waitpid(child)).state === 'exited';

export const signatures = {
  fork: {
    args: { options: object(forkProperties) },
    errors: forkErrors,
    call: (...args) => leaveIfChild(posix.fork(...args)),
    returns: isNumber,
    async after(child) {
      const outcome = await outcomeOf(child, 2000);
      return outcome === 'exited 0';
    },
  },
  forkRun: {
    args: { main, options: object({ ...full, port: bool }) },
    required: 1,
    errors: [...forkErrors, 'ABORT_ERR'],
    returns: (child) => isNumber(child.pid),
    async after(child) {
      const settled = await child.result.then(
        () => 0,
        (error) => (error instanceof posix.ChildExitError ? 'none' : 1),
      );
      return (await child.status).code === settled;
    },
  },
  forkPool: {
    args: { work: type.func, options: object(poolProperties) },
    required: 1,
    tame: (work, options, ...rest) => [work, tamePool(options), ...rest],
    errors: forkErrors,
    returns: (pool) => typeof pool.run === 'function',
    async after(pool) {
      await pool.close();
      return pool.children.length === 0;
    },
  },
  forkServer: {
    args: { setup, options: object(serverProperties) },
    required: 1,
    tame: (setup, options, ...rest) => [setup, tameServer(options), ...rest],
    errors: ['ABORT_ERR'],
  },
  forkMap: {
    args: { items: iterable, fn: type.func, options: object(map) },
    required: 2,
    // At worst a child for each: some will do.
    tame: (items, ...rest) => [few(items), ...rest],
    errors: [...forkErrors, 'ABORT_ERR', 'ERR_CHILD_RESULT'],
    passesOn: (error) => WHAT_FUNCTIONS_THROW.test(error.message),
    returns: (results) => results === undefined || Array.isArray(results),
  },
  waitpid: {
    args: { pid, options: waitOptions },
    required: 1,
    tame: (value, ...rest) => [tamePid(value), ...rest],
    errors: waitErrors,
    returns: isStatus,
  },
  wait: { args: { options: waitOptions }, errors: waitErrors, returns: isStatus },
  waitpidSync: {
    args: { pid, options: waitFlags },
    required: 1,
    tame: (value, ...rest) => [tamePid(value), ...rest],
    errors: ['ECHILD'],
    returns: isStatus,
  },
  waitid: {
    args: { type: idType, id: fd, options: object({ ...looks, signal: type.abortSignal, ref: bool }) },
    required: 2,
    tame: tameId,
    also: (kind, id, options) =>
      isId(kind, id) && !(options?.nowait && (['all', 'pgid'].includes(kind) || options.stopped || options.continued)),
    errors: ['EBADF', 'ECHILD', 'ABORT_ERR'],
    returns: isStatus,
  },
  waitidSync: {
    args: { type: idType, id: fd, options: object({ ...looks, nohang: bool, timeout: int(0, MAX) }) },
    required: 2,
    tame: tameId,
    also: isId,
    errors: ['EBADF', 'ECHILD'],
    returns: isStatus,
  },
  kill: {
    args: { pid, signal: type.signal },
    required: 1,
    tame(value, signo, ...rest) {
      const whom = chooseIf(pid.accepts, value, [world.reaped, NOBODY, process.pid, -NOBODY]);
      return [whom, whom === process.pid && type.signal.accepts(signo ?? 15) ? 0 : signo, ...rest];
    },
    errors: ['ESRCH'],
    returns: nothing,
  },
  'ForkedChild.kill': {
    args: { signal: type.signal },
    call: (...args) => world.forked.kill(...args),
    errors: [],
    returns: nothing,
  },
  children: { args: {}, errors: [], returns: (list) => list.every(({ state }) => state === 'reaped') },
  threads: { args: {}, errors: [], returns: ([{ kind }]) => kind === 'main' },
  useLargePages: { args: {}, errors: [], returns: ({ inUse, reasons }) => inUse === (reasons.length === 0) },
  support: { args: {}, errors: [], returns: ({ fork }) => fork === 'full' },
  reapOrphans: { args: {}, errors: [], returns: ({ length }) => length === 0 },
  setThreadPolicy: {
    args: { policy: oneOf('warn', 'throw', 'ignore') },
    required: 1,
    errors: [],
    returns: nothing,
    after: () => posix.setThreadPolicy('warn') === undefined,
  },
  registerAtFork: {
    args: {
      handlers: (() => {
        const handler = {
          good: type.func.good.map(() => recipe('() => {}', () => () => {})),
          accepts: (value) =>
            typeof value === 'function' && !/^(Async|Generator)/.test(Object.getPrototypeOf(value).constructor.name),
        };
        const handlers = object({ before: handler, afterInParent: handler, afterInChild: handler });
        const some = (value) => handlers.names.some((name) => value[name] !== undefined);
        return { ...handlers, accepts: (value) => handlers.accepts(value) && some(value) };
      })(),
    },
    required: 1,
    errors: [],
    returns: (handle) => typeof handle[Symbol.dispose] === 'function',
    after: (handle) => handle[Symbol.dispose]() === undefined,
  },
  spawn: {
    required: 1,
    args: {
      file: type.anyPath,
      args: { ...either(orNull(type.strings), spawnOptions), alsoCalled: ['options'] },
      options: spawnOptions,
    },
    tame: (file, ...rest) => [
      chooseAny(type.anyPath, file, ['/bin/true', 'true', '/nonexistent/file', 'no such program', '.']),
      ...rest,
    ],
    also(file, args, options) {
      if (!Array.isArray(args) && (args ?? undefined) !== undefined && options !== undefined) return false;
      const { setsid, pgid, setns, unshare } = (Array.isArray(args) ? options : (options ?? args)) ?? {};
      return !(setsid === true && pgid !== undefined) && (setns === undefined || unshare === undefined);
    },
    errors: spawnErrors,
    returns: isNumber,
    after: waitFor,
  },
  spawnChild: {
    required: 1,
    args: {
      file: type.anyPath,
      args: { ...either(orNull(type.strings), childOptions), alsoCalled: ['options'] },
      options: childOptions,
    },
    tame: (...args) => signatures.spawn.tame(...args),
    also(file, args, options) {
      const { pty, setsid, pgid, foreground } = (Array.isArray(args) ? options : (options ?? args)) ?? {};
      if (pty !== undefined && [setsid, pgid, foreground].some((each) => each !== undefined)) return false;
      return signatures.spawn.also(file, args, options);
    },
    errors: [...spawnErrors, 'ABORT_ERR'],
    returns: ({ pid }) => isNumber(pid),
    async after(child) {
      await child[Symbol.asyncDispose]();
      return ['exited', 'signaled'].includes((await child.status).state);
    },
  },
  execve: {
    args: { path: type.anyPath, args: type.strings, env: type.environment, options: execOptions },
    required: 1,
    tame: (path, ...rest) => [
      chooseAny(type.anyPath, path, ['/nonexistent/file', '/', '/dev/null/file', '/etc/passwd', 'x'.repeat(300)]),
      ...rest,
    ],
    errors: execErrors,
    returns: () => false,
  },
  execvp: {
    args: { file: type.anyPath, args: type.strings, env: type.environment, options: execOptions },
    required: 1,
    tame: (...args) => signatures.execve.tame(...args),
    errors: execErrors,
    returns: () => false,
  },
  fexecve: {
    args: { fd, args: type.strings, env: type.environment, options: execOptions },
    required: 2,
    tame: (number, ...rest) => [chooseIf(fd.accepts, number, [699, MAX]), ...rest],
    errors: execErrors,
    returns: () => false,
  },
  _exit: {
    args: { code: int(0, 255) },
    // Whoever may end does so in a child.
    call(...args) {
      if (args[0] !== undefined && !int(0, 255).accepts(args[0])) return posix._exit(...args);
      const child = posix.fork();
      if (child === 0) posix._exit(...args);
      return posix.waitpidSync(child).code === (args[0] ?? 0);
    },
    errors: [],
    returns: (same) => same,
  },
  daemonize: {
    args: {
      options: object({
        ...{ pidfile: type.path, stdout: output, stderr: output, cwd: type.path, umask: int(0, 0o777), ready: bool },
      }),
    },
    // It goes as far as the fork, and then has to put everything back.
    call(...args) {
      const barrier = posix.registerAtFork({
        before() {
          throw blocked;
        },
      });
      try {
        return posix.daemonize(...args);
      } finally {
        barrier[Symbol.dispose]();
      }
    },
    errors: ['ERR_BLOCKED', 'ERR_FORK_PIDFILE_UNSAFE', ...['ENOENT', 'ENOTDIR', 'EBADF', 'EISDIR', 'ENAMETOOLONG']],
    returns: () => false,
  },
  atomicWait: {
    args: { array: int32Array, index: int(0, 15), value: int(-(2 ** 31), MAX), timeout },
    required: 3,
    // None blocks.
    tame: (array, index, value, ms, ...rest) => [
      array,
      index,
      value,
      chooseIf(timeout.accepts, ms ?? 0, [0, 1]),
      ...rest,
    ],
    errors: [],
    returns: (outcome) => ['not-equal', 'timed-out'].includes(outcome),
  },
  atomicNotify: {
    args: { array: int32Array, index: int(0, 15), count: either(oneOf(Infinity), int(0, MAX)) },
    required: 2,
    errors: [],
    returns: (count) => count === 0,
  },
  SharedLock: {
    args: { memory: oneOf(shared), byteOffset: oneOf(0, 64, 960) },
    required: 1,
    call: (...args) => new posix.SharedLock(...args),
    errors: [],
    returns: (lock) => lock.acquire(0) === 'acquired',
    after: (lock) => lock.release() === undefined,
  },
  'SharedLock.acquire': {
    args: { timeout },
    call: (...args) => new posix.SharedLock(shared).acquire(...args),
    errors: [],
    returns: (how) => how === 'acquired',
    after: () => new posix.SharedLock(shared)[Symbol.dispose]() === undefined,
  },
  warmup: { args: {}, errors: [], returns: nothing },
  sharedMemory: {
    args: { byteLength: int(1, constants.MAX_LENGTH) },
    required: 1,
    tame: (size, ...rest) => [chooseIf(int(1, constants.MAX_LENGTH).accepts, size, [1, 4096, 1e6 + 1]), ...rest],
    errors: [],
    returns: (memory) => memory instanceof SharedArrayBuffer,
  },
  pipe: {
    args: { options: object({ cloexec: bool, nonblock: bool }) },
    errors: [],
    returns: ends,
    after: closeAll,
  },
  socketpair: {
    args: { options: object({ cloexec: bool, nonblock: bool, type: oneOf('stream', 'dgram', 'seqpacket') }) },
    errors: [],
    returns: ends,
    after: closeAll,
  },
  dup2: {
    args: { oldFd: fd, newFd: fd, options: object({ cloexec: bool }) },
    required: 2,
    tame: (oldFd, newFd, ...rest) => [
      chooseIf(fd.accepts, oldFd, [0, 1, 699, MAX]),
      chooseIf(fd.accepts, newFd, [0, 699, MAX].slice(1)),
      ...rest,
    ],
    errors: ['EBADF'],
    returns: (value) => value === 699,
    after: (value) => closeSync(value),
  },
  dup: {
    args: { fd, options: object({ cloexec: bool, min: int(0, MAX) }) },
    required: 1,
    tame: (number, ...rest) => [chooseIf(fd.accepts, number, [0, 1, 699, MAX]), ...rest],
    errors: ['EBADF', 'EINVAL'],
    returns: isNumber,
    after: (value) => closeSync(value),
  },
  getCloexec: { args: { fd }, required: 1, errors: ['EBADF'], returns: isBoolean },
  getNonblock: { args: { fd }, required: 1, errors: ['EBADF'], returns: isBoolean },
  setCloexec: {
    args: { fd, on: bool },
    required: 1,
    tame: (number, ...rest) => [chooseIf(fd.accepts, number, [2, 699, MAX]), ...rest],
    errors: ['EBADF'],
    returns: nothing,
    after: () => posix.setCloexec(2, false) === undefined,
  },
  setNonblock: {
    args: { fd, on: bool },
    required: 1,
    tame: (number, ...rest) => [chooseIf(fd.accepts, number, [2, 699, MAX]), ...rest],
    errors: ['EBADF'],
    returns: nothing,
    after: () => posix.setNonblock(2, false) === undefined,
  },
  flock: {
    args: { fd, operation: oneOf('sh', 'ex', 'un'), options: object({ nonblock: bool }) },
    required: 2,
    tame: (number, ...rest) => [chooseIf(fd.accepts, number, [699, MAX]), ...rest],
    errors: ['EBADF'],
    returns: isBoolean,
  },
  sendFds: {
    args: { fd, data: bytes, fds: listOf(fd) },
    required: 3,
    tame: (number, ...rest) => [chooseIf(fd.accepts, number, [699, MAX]), ...rest],
    errors: ['EBADF'],
    returns: () => false,
  },
  recvFds: {
    args: { fd, length: int(1, MAX) },
    required: 1,
    tame: (number, length, ...rest) => [
      chooseIf(fd.accepts, number, [699, MAX]),
      chooseIf(int(1, MAX).accepts, length, [1, 4096]),
      ...rest,
    ],
    errors: ['EBADF'],
    returns: () => false,
  },
  mkfifo: {
    args: { path: type.anyPath, mode: int(0, 0o7777) },
    required: 1,
    tame: (path, ...rest) => [chooseAny(type.anyPath, path, ['/nonexistent/fifo', '/dev/null', '/']), ...rest],
    errors: ['ENOENT', 'EEXIST'],
    returns: () => false,
  },
  getName: { args: {}, errors: [], returns: (name) => typeof name === 'string' },
  setName: {
    args: { name: { ...type.text, accepts: (value) => type.text.accepts(value) && Buffer.byteLength(value) <= 15 } },
    required: 1,
    errors: [],
    returns: nothing,
  },
  getpriority: {
    args: { which: priorityOf, who: id },
    required: 1,
    also: isWhom,
    errors: ['ESRCH', 'EINVAL'],
    returns: isNumber,
  },
  setpriority: {
    args: { which: priorityOf, who: id, nice: int(-20, 19) },
    required: 3,
    // Nobody whom a test knows.
    tame: (which, who, ...rest) => [which, chooseIf(fd.accepts, who, [NOBODY]), ...rest],
    also: isWhom,
    errors: ['ESRCH'],
    returns: () => false,
  },
  pidfd: {
    args: { pid: int(1, MAX) },
    required: 1,
    tame: (whom, ...rest) => [chooseIf(int(1, MAX).accepts, whom, [process.pid, NOBODY, world.reaped]), ...rest],
    errors: ['ESRCH'],
    returns: isNumber,
    after: (value) => closeSync(value),
  },
  getpid: { args: {}, errors: [], returns: (value) => value === process.pid },
  getppid: { args: {}, errors: [], returns: (value) => value === process.ppid },
  getpgrp: { args: {}, errors: [], returns: (value) => value === process.pid },
  getpgid: { args: { pid: fd }, ...ids },
  getsid: { args: { pid: fd }, ...ids },
  setsid: { args: {}, errors: ['EPERM'], returns: () => false }, // it leads a session already
  setpgid: {
    args: { pid: fd, pgid: fd },
    tame: (one, other, ...rest) => [group(one), group(other), ...rest],
    errors: ['EPERM', 'ESRCH'],
    returns: nothing,
  },
  tcgetpgrp: { args: { fd }, required: 1, errors: ['EBADF', 'EINVAL', 'ENOTTY'], returns: () => false },
  tcsetpgrp: {
    args: { fd, pgid: int(1, MAX) },
    required: 2,
    errors: ['EBADF', 'EINVAL', 'ENOTTY'],
    returns: () => false,
  },
  getrlimit: { args: { resource }, required: 1, errors: [], returns: isLimits },
  setrlimit: {
    args: { resource, limits },
    required: 2,
    // What this process is left with must do.
    tame: (name, ...rest) => [resource.accepts(name) ? 'msgqueue' : name, ...rest],
    errors: ['EPERM', 'EINVAL'],
    returns: nothing,
  },
  prlimit: {
    args: { pid: fd, resource, limits },
    required: 2,
    tame: (whom, name, ...rest) => [group(whom), resource.accepts(name) ? 'msgqueue' : name, ...rest],
    errors: ['EPERM', 'EINVAL', 'ESRCH'],
    returns: isLimits,
  },
  openpty: { args: { size: windowSize }, errors: [], returns: ends, after: closeAll },
  getWindowSize: { args: { fd }, required: 1, errors: noTerminal, returns: () => false },
  setWindowSize: { args: { fd, size: windowSize }, required: 2, errors: noTerminal, returns: () => false },
  tcgetattr: { args: { fd }, required: 1, errors: noTerminal, returns: () => false },
  tcsetattr: {
    args: { fd, attributes, when: oneOf('now', 'drain', 'flush') },
    required: 2,
    errors: noTerminal,
    returns: () => false,
  },
  setRaw: { args: { fd }, required: 1, errors: noTerminal, returns: () => false },
  setPdeathsig: {
    args: { signal: type.signal },
    required: 1,
    errors: [],
    returns: nothing,
    after: () => posix.setPdeathsig(0) === undefined,
  },
  setChildSubreaper: {
    args: { on: bool },
    errors: [],
    returns: nothing,
    after: () => posix.setChildSubreaper(false) === undefined,
  },
  WIFEXITED: { ...raw, returns: isBoolean },
  WIFSIGNALED: { ...raw, returns: isBoolean },
  WIFSTOPPED: { ...raw, returns: isBoolean },
  WIFCONTINUED: { ...raw, returns: isBoolean },
  WCOREDUMP: { ...raw, returns: isBoolean },
  WEXITSTATUS: { ...raw, returns: isNumber },
  WTERMSIG: { ...raw, returns: isNumber },
  WSTOPSIG: { ...raw, returns: isNumber },
  decodeStatus: { ...raw, returns: ({ state }) => ['exited', 'signaled', 'stopped', 'continued'].includes(state) },
};

for (const [name, signature] of Object.entries(signatures)) {
  signature.call ??= posix[name];
  signature.tame ??= (...args) => args;
  signature.required ??= 0;
}

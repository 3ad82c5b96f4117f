'use strict';
// What works on a machine, from a fork to a namespace? Prints one JSON object: of each claim what came of it. Started by init of
// test/package/arm64-machine.mjs, as root of a machine of its own.
const fs = require('node:fs');
const { text } = require('node:stream/consumers');
const posix = require('../..');

const CGROUP = '/cgroup/one';
const run = async (file, args, options) => {
  const child = posix.spawnChild(file, args, { fds: { 1: 'pipe' }, ...options });
  const [said, { state, code }] = await Promise.all([text(child.stdout), child.status]);
  return `${said.trim().replaceAll('\n', ' ')} ${state} ${code}`;
};
const messageOf = (call) => {
  try {
    return call();
  } catch ({ message }) {
    return message;
  }
};
const inChild = async (work) => {
  const pid = posix.fork({ threads: 'ignore' });
  if (pid !== 0) return (await posix.waitpid(pid)).code;
  await work();
  await new Promise(() => {}); // which holds nothing
};

const claims = {
  arch: () => process.arch,
  support: () => [
    posix.support().fork,
    posix
      .support()
      .facts.filter(({ holds }) => holds === false)
      .map(({ fact }) => fact),
  ],
  spawn: () => run('sh', ['-c', 'echo hello; exit 5']),
  'spawn of nothing': () => messageOf(() => posix.spawn('/no/such')),
  'spawn as somebody else': () => run('sh', ['-c', 'id -u; umask'], { uid: 65_534, umask: 0o77 }),
  'in a cgroup': () => run('cat', ['/proc/self/cgroup'], { cgroup: CGROUP }),
  'in a cgroup, fifty times': async () => {
    let good = 0;
    for (let i = 0; i < 50; i++) good += (await posix.waitpid(posix.spawn('true', { cgroup: CGROUP }))).code === 0;
    return good;
  },
  'of nothing in a cgroup': () => messageOf(() => posix.spawn('/no/such', { cgroup: CGROUP })),
  'in namespaces and a cgroup': () =>
    run('sh', ['-c', 'echo $$; id -u'], { cgroup: CGROUP, unshare: ['user', 'pid', 'net'], uid: 0 }),
  'joining namespaces': async () => {
    const first = posix.spawn('sleep', ['60'], { unshare: ['pid', 'uts'] });
    const said = await run('sh', ['-c', 'echo $$'], { setns: [`/proc/${first}/ns/pid`, `/proc/${first}/ns/uts`] });
    posix.kill(first, 'SIGKILL');
    await posix.waitpid(first);
    return said;
  },
  'a terminal': async () => {
    const child = posix.spawnChild('sh', ['-c', 'stty size; seq 2000'], { pty: { rows: 5, cols: 50 } });
    const lines = (await text(child.pty)).split('\r\n');
    return [lines[0], lines.length, (await child.status).code];
  },
  'descriptors through a socket': () => {
    const [ours, theirs] = posix.socketpair();
    posix.sendFds(ours, Buffer.from('x'), [0, 1]);
    return posix.recvFds(theirs).fds.length;
  },
  fork: () => inChild(() => setTimeout(() => posix._exit(7), 5)),
  'fork, and a natural end': () =>
    inChild(async () => {
      const { length } = await fs.promises.readFile('/proc/version');
      if (length > 0) process.exitCode = 8;
    }),
  forkRun: async () => (await posix.forkRun(() => Array.from({ length: 1e5 }, (_, i) => [i]).length)).result,
  forkMap: () => posix.forkMap([1, 2, 3, 4], (each) => each * 2, { concurrency: 2 }),
  generations: async () => (await posix.forkRun(async () => (await posix.forkRun(() => 'deep')).result)).result,
  execve: () => inChild(() => posix.execve('/bin/sh', ['sh', '-c', 'exit 9'], {}, { fds: { 5: 0 }, cwd: '/' })),
};

async function main() {
  fs.mkdirSync(CGROUP);
  const found = {};
  for (const [name, claim] of Object.entries(claims)) {
    try {
      found[name] = await claim();
    } catch (error) {
      found[name] = error.stack;
    }
  }
  console.log(`FOUND ${JSON.stringify(found)}`);
  posix._exit();
}

void main();

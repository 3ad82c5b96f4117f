// How long does starting a program block the caller? `node bench/spawn.mjs [rounds]`
//
// spawn() and then child_process.spawn(), of /bin/true with /dev/null for its streams, in a fresh process and in ones
// of 1 GB: of JavaScript objects, and of Buffers. Prints the lower quartile of each in microseconds (what a
// busy machine adds comes in long pieces), and their ratio.
import { execFileSync, spawn as nodeSpawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import posix from 'posix-fork';

const [rounds = '200', only] = process.argv.slice(2);
const WARM_UP = 20;
const IGNORE = { 0: 'ignore', 1: 'ignore', 2: 'ignore' };

const ways = {
  async posix() {
    const start = performance.now();
    const pid = posix.spawn('/bin/true', [], { fds: IGNORE });
    const blocked = performance.now() - start;
    await posix.waitpid(pid);
    return blocked;
  },
  async node() {
    const start = performance.now();
    const child = nodeSpawn('/bin/true', [], { stdio: 'ignore' });
    const blocked = performance.now() - start;
    await new Promise((resolve) => child.on('exit', resolve));
    return blocked;
  },
};

async function quartiles() {
  const times = { posix: [], node: [] };
  // Not in turns: after a fork, the parent pays for each page that it writes to, and spawn() would, too.
  for (const [name, way] of Object.entries(ways)) {
    for (let i = 0; i < Number(rounds) + WARM_UP; i++) {
      const time = await way();
      if (i >= WARM_UP) times[name].push(time * 1000);
    }
  }
  const quartile = (list) => list.sort((a, b) => a - b)[list.length >> 2];
  return { posix: quartile(times.posix), node: quartile(times.node) };
}

async function measure(what) {
  const { posix: ours, node } = await quartiles();
  const rss = Math.round(process.memoryUsage.rss() / 1e6);
  console.log(
    `${what.padEnd(8)} ${String(rss).padStart(5)} MB   spawn ${ours.toFixed(0).padStart(5)} us   ` +
      `child_process.spawn ${node.toFixed(0).padStart(6)} us   1 : ${(node / ours).toFixed(1)}`,
  );
}

const ballasts = {
  small: () => [],
  Buffers: () => Array.from({ length: 60 }, () => Buffer.alloc(16e6, 1)),
  objects: () => Array.from({ length: 16e6 }, (_, i) => ({ i, next: null })),
};

if (only === undefined) {
  console.log(`${process.version}, ${rounds} rounds`);
  // Each in a process of its own: garbage of one would be ballast of the next.
  for (const what of Object.keys(ballasts)) {
    execFileSync(process.execPath, [fileURLToPath(import.meta.url), rounds, what], { stdio: 'inherit' });
  }
} else {
  const ballast = ballasts[only]();
  await measure(only);
  if (ballast.length < 0) throw new Error('unreachable: keeps the ballast alive');
}

// How long does starting a program block the caller? `node bench/spawn.mjs [rounds]`
//
// spawn() and child_process.spawn() in turns, of /bin/true with /dev/null for its streams, in a process of 45 MB and in
// ones of 1 GB: of JavaScript objects, and of Buffers. Prints the median of each in microseconds, and their ratio.
import { spawn as nodeSpawn } from 'node:child_process';
import posix from 'posix-fork';

const rounds = Number(process.argv[2] ?? 200);
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

async function medians() {
  const times = { posix: [], node: [] };
  for (let i = 0; i < rounds + 20; i++) {
    for (const [name, way] of Object.entries(ways)) {
      const time = await way();
      if (i >= 20) times[name].push(time * 1000);
    }
  }
  const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  return { posix: median(times.posix), node: median(times.node) };
}

async function measure(what) {
  const { posix: ours, node } = await medians();
  const rss = Math.round(process.memoryUsage.rss() / 1e6);
  console.log(
    `${what.padEnd(8)} ${String(rss).padStart(5)} MB   spawn ${ours.toFixed(0).padStart(5)} us   ` +
      `child_process.spawn ${node.toFixed(0).padStart(6)} us   1 : ${(node / ours).toFixed(1)}`,
  );
}

console.log(`${process.version}, ${rounds} rounds`);
await measure('small');
let ballast = Array.from({ length: 60 }, () => Buffer.alloc(16e6, 1));
await measure('Buffers');
ballast = null;
globalThis.gc?.();
ballast = [];
for (let i = 0; i < 12e6; i++) ballast.push({ i, next: null });
await measure('objects');
if (ballast.length === 0) throw new Error('unreachable: keeps the ballast alive');

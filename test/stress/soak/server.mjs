// A server that does everything at once: it answers requests while it forks, spawns, waits and maps. Run by ../soak.mjs, with
// --expose-gc. argv: seconds between two samples. Prints its port, then a sample at a time, as lines of JSON; ends when its
// standard input does.
import childProcess from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import posix from 'posix-fork';

const INTERVAL = Number(process.argv[2]) * 1000;
// What a child of a program like this shares with it: about 20 MB.
const heap = Array.from({ length: 100_000 }, (_, i) => ({ i, text: `entry ${i}` }));
const done = { fork: 0, spawn: 0, forkRun: 0, forkMap: 0, childProcess: 0, worker: 0, waits: 0, wrong: 0, ticks: 0 };
const failures = [];
const { pid } = process;

posix.setThreadPolicy('ignore'); // there is a Worker every now and then
setInterval(() => done.ticks++, 20);
const server = http.createServer((request, response) =>
  response.end(`${posix.getpid()} ${heap[done.ticks % 1000].text}`),
);
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
await turn(0); // what is made once is there
print({ port: server.address().port, pid, ...(await sample()) }); // nobody is connected yet

let over = false;
process.stdin.on('end', () => (over = true)).resume();
for (let round = 0, next = Date.now() + INTERVAL; !over; round++) {
  try {
    await turn(round);
  } catch (error) {
    done.wrong++;
    if (failures.push(String(error?.stack ?? error)) > 10) break;
  }
  if (Date.now() < next) continue;
  next = Date.now() + INTERVAL;
  print(await sample());
}
await sleep(100);
print({ ...(await sample()), last: true });
process.exit(0); // the requests that come still are the client's to give up

// All of them at the same time, but for the last two: what they leave behind is looked at when they are through.
async function turn(round) {
  await Promise.all([forks(round), spawns(round), runs(round), maps(round), nodeSpawns()]);
  if (round % 10 === 0) await besideWorker(round);
}

function expect(what, seen, expected) {
  if (seen === expected) return;
  done.wrong++;
  failures.push(`${what}: ${seen}, not ${expected}`);
}

async function forks(round) {
  const code = round % 200;
  const child = posix.fork();
  if (child === 0) {
    // At once: past an await, turn() would go on in here, too.
    heap.slice(0, 1000).forEach((each) => (each.i += 1)); // its own, from here on
    if (round % 2) process.exit(code);
    posix._exit(code);
  }
  done.fork++;
  const controller = new AbortController();
  const waits = [posix.waitpid(child), posix.waitpid(child), posix.waitpid(child, { signal: controller.signal })];
  const given = waits.pop().catch(({ code }) => code);
  controller.abort();
  for (const wait of waits) expect('fork', (await wait).code, code);
  const known = await given; // or its status, if the child had ended before
  expect('given up', known.code ?? known, known.code === undefined ? 'ABORT_ERR' : code);
  expect('later', posix.waitpidSync(child).code, code);
  done.waits += 4;
}

async function spawns(round) {
  const child = posix.spawn('sh', ['-c', `exit ${round % 100}`]);
  const stopped = posix.spawn('sleep', ['60']);
  done.spawn += 2;
  posix.kill(stopped, 'SIGKILL');
  expect('spawn', (await posix.waitpid(child)).code, round % 100);
  expect('kill', (await posix.waitpid(stopped, { untraced: true })).signal, 'SIGKILL');
  done.waits += 2;
}

async function runs(round) {
  const child = await posix.forkRun(() => heap[round % heap.length].i);
  done.forkRun++;
  expect('forkRun', await child.result, round % heap.length);
  expect('its end', (await child.status).code, 0);
}

async function maps(round) {
  const lengths = await posix.forkMap([round, round + 1, round + 2], (i) => heap[i % heap.length].text.length, {
    itemsPerChild: 1,
  });
  done.forkMap++;
  expect('forkMap', lengths.length, 3);
}

async function nodeSpawns() {
  const child = childProcess.spawn('sh', ['-c', 'echo hello; exit 9']);
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  const [code] = await once(child, 'close');
  done.childProcess++;
  expect('child_process', `${code} ${text}`, '9 hello\n');
}

async function besideWorker(round) {
  const worker = new Worker('setInterval(() => JSON.stringify(Array.from({ length: 1000 })), 5)', { eval: true });
  await once(worker, 'online');
  await runs(round);
  await worker.terminate();
  done.worker++;
}

async function sample() {
  globalThis.gc();
  await sleep(10); // what waits for the collector to be finalized
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  const status = readFileSync('/proc/self/status', 'utf8');
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
  const kilobytes = (text, name) => Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]);
  return {
    heap: heapUsed / 1024,
    external: external / 1024,
    rss: kilobytes(status, 'RssAnon'),
    pss: kilobytes(rollup, 'Pss_Anon'),
    descriptors: readdirSync('/proc/self/fd').length,
    threads: kilobytes(status, 'Threads'),
    ...children(),
    handles: process.getActiveResourcesInfo().length,
    ...done,
    failures,
  };
}

function children() {
  const pids = readdirSync('/proc/self/task').flatMap((tid) =>
    readFileSync(`/proc/self/task/${tid}/children`, 'utf8').split(' ').filter(Boolean),
  );
  const states = pids.map((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)[0]);
  return { children: pids.length, zombies: states.filter((state) => state === 'Z').length };
}

function print(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

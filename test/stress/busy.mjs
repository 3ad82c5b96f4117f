// Does anything of a busy parent's go on in its children, or come out otherwise because it forks?
// node test/stress/busy.mjs <modes, with commas> <forks a mode> [Workers]: runs the jobs of busy/jobs.mjs in rounds, and forks in all of their
// callbacks (busy/forks.mjs). Prints what came of it, as JSON; without forks (0) what comes of the jobs alone.
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { makeForks } from './busy/forks.mjs';
import { makeJobs } from './busy/jobs.mjs';

const WARM_UP = 2; // rounds without forks: modules are loaded, connections made
const PAUSE = 60; // ms between rounds, in which children have the processor: what they do of the parent's comes to light then
const JOB_DEADLINE = 10_000; // ms

async function main(modes, count, workers) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'busy-'));
  const kept = await connect();
  const forks = makeForks({ modes, count, folder, ...kept });
  const { jobs, close } = await makeJobs({ folder, workers, ...forks });
  // With everything inherited both read the same connections, and a job of the parent's may wait for ever.
  const patience = modes.includes('inherit') ? 1000 : JOB_DEADLINE;
  const results = Object.fromEntries(Object.keys(jobs).map((name) => [name, {}]));
  const inParent = onlyIn(process.pid);

  let round = 0;
  for (; round < WARM_UP || !forks.over; round++) {
    if (round === WARM_UP) forks.start();
    const before = forks.forks;
    const outcomes = [];
    for (const [name, job] of Object.entries(jobs)) {
      // Each in a turn of its own: ticks and microtasks that are queued run in a child, too.
      await inParent(immediate());
      outcomes.push(
        runOne(job, round, patience).then((result) => (results[name][result] = (results[name][result] ?? 0) + 1)),
      );
    }
    await inParent(Promise.all(outcomes));
    await inParent(sleep(PAUSE));
    if (round >= WARM_UP && forks.forks === before) forks.nextFloor(); // all places have had their turn
  }
  await inParent(forks.ended());
  const socketFile = await inParent(close());
  kept.close();
  const report = { ...forks.report(), rounds: round, socketFile, results };
  fs.rmSync(folder, { recursive: true });
  fs.writeSync(1, `${JSON.stringify(report)}\n`);
  process.exit(0);
}

// A child goes no further in the parent's code.
function onlyIn(pid) {
  return async (promise) => {
    const value = await promise;
    return process.pid === pid ? value : new Promise(() => {});
  };
}

async function runOne(job, round, patience) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, patience, 'hung')));
  const result = await Promise.race([job(round), late]).catch((error) => String(error.stack));
  clearTimeout(timer);
  return result;
}

// A connection whose one end children keep; what they say over it comes to the other.
async function connect() {
  const heard = new Set();
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect(server.address());
  const [peer] = await once(server, 'connection');
  peer.setEncoding('utf8').on('data', (text) =>
    text
      .split('\n')
      .filter(Boolean)
      .forEach((n) => heard.add(n)),
  );
  const close = () => {
    server.close();
    socket.destroy();
    peer.destroy();
  };
  return { socket, heard, close };
}

const [modes, count, workers = '0'] = process.argv.slice(2);
main(modes.split(','), Number(count), Number(workers)).catch((error) => {
  console.error(error);
  process.exit(1);
});

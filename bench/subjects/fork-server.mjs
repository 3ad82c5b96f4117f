// How long from a request to a child's first JavaScript, by a fork server and by forkRun() in a process of the template's size?
//
// No tinybench: a sample is a process of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import posix from 'posix-fork';
import { fill, now, shuffled } from '../support/process.mjs';

export const unit = 'ms';
// Of the process that asks: the template is one of 45 MB in each.
export const cases = (quick) => [
  { name: '45 MB', size: 0, rounds: quick ? 11 : 61, forkRun: true },
  { name: '1 GB', size: 1000, rounds: quick ? 7 : 31 },
];

const QUIET = 25; // ms, in which a spare child is replaced

export async function measure({ size, rounds, forkRun = false }, { add, round }) {
  const setup = new URL('../support/first.mjs', import.meta.url);
  const plain = await posix.forkServer(setup);
  const ready = await posix.forkServer(setup, { spare: 1 });
  fill(size);
  const first = async (start) => {
    const before = now();
    const child = await start();
    const time = (await child.result) - before;
    await child.status;
    return time;
  };
  const ways = {
    'forkServer: first JavaScript': () => plain.fork(),
    'forkServer, spare: first JavaScript': () => ready.fork(),
    ...(forkRun && { 'forkRun: first JavaScript': () => posix.forkRun(now) }),
  };
  for (let i = 0; i < rounds; i++) {
    round(i, rounds);
    for (const [name, way] of i === 0 ? Object.entries(ways) : shuffled(Object.entries(ways))) {
      await sleep(QUIET);
      add(name, await first(way));
    }
  }
  for (const server of [plain, ready]) await server.close();
}

export const targets = (get) => {
  const server = (heap) => get(heap, 'forkServer: first JavaScript');
  const spare = (heap) => get(heap, 'forkServer, spare: first JavaScript');
  const forkRun = get('45 MB', 'forkRun: first JavaScript');
  return [
    { text: "forkServer / forkRun of the template's size", value: server('45 MB') / forkRun, atMost: 1.5 },
    { text: 'the same with a spare child', value: spare('45 MB') / forkRun, atMost: 0.3 },
    { text: 'forkServer: of 1 GB / of 45 MB', value: server('1 GB') / server('45 MB'), atMost: 1.2 },
    { text: 'the same with a spare child', value: spare('1 GB') / spare('45 MB'), atMost: 1.2 },
  ];
};

// Those who ask the server, from another process. argv: port, the server's pid, number of connections, seconds between two
// samples. Prints what it saw, as lines of JSON; ends when its standard input does.
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const [port, pid, connections, interval] = process.argv.slice(2).map(Number);
const PAUSE = 5; // ms: a server that has nothing else to do would be at 10 % of a processor
const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
let latencies = [];
let errors = 0;
let strangers = 0; // answers by somebody else than the parent
let total = 0;
let over = false;

function ask() {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    http
      .get({ port, agent, host: '127.0.0.1', timeout: 10_000 }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (data) => (text += data));
        response.on('error', reject);
        response.on('end', () => {
          if (Number(text.split(' ')[0]) !== pid) strangers++;
          latencies.push(performance.now() - start);
          resolve();
        });
      })
      .on('timeout', () => reject(new Error('time-out')))
      .on('error', reject);
  });
}

async function connection() {
  while (!over) {
    total++;
    await ask().catch((error) => {
      errors++;
      console.error(String(error));
    });
    await sleep(PAUSE);
  }
}

function sample() {
  const sorted = latencies.sort((a, b) => a - b);
  latencies = [];
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const [p50, p99, max] = [0.5, 0.99, 1].map(at);
  console.log(JSON.stringify({ p50, p99, max, errors, strangers, total }));
}

process.stdin.on('end', () => (over = true)).resume();
const timer = setInterval(sample, interval * 1000);
await Promise.all(Array.from({ length: connections }, connection));
clearInterval(timer);
sample();
agent.destroy();

// An HTTP server that stays quick while it computes: a pool does the work on data that it inherited, and everybody counts in
// shared memory.
//
//   node examples/http-pool/main.mjs [port]
//
//   GET /primes/N   how many primes are there up to N?
//   GET /stats      what the children have done so far
import { once } from 'node:events';
import http from 'node:http';
import posix from 'posix-fork';

const [ANSWERED, CACHED] = [0, 1];
const counters = new Int32Array(posix.sharedMemory(8));
const known = new Map([[10, 4]]); // loaded once: the children have it, too

const pool = posix.forkPool(
  (limit) => {
    Atomics.add(counters, ANSWERED, 1);
    if (known.has(limit)) Atomics.add(counters, CACHED, 1);
    return known.get(limit) ?? countPrimes(limit);
  },
  { size: 2, timeout: 10_000 },
);

const server = http.createServer((request, response) => {
  answer(request.url).then(
    (body) => response.end(`${JSON.stringify(body)}\n`),
    // A child that died, or took too long, costs this request, and no other.
    (error) => response.writeHead(500).end(`${error.message}\n`),
  );
});

async function answer(url) {
  const limit = url.match(/^\/primes\/(\d+)$/)?.[1];
  if (limit) return { primes: await pool.run(Number(limit)) };
  return { answered: counters[ANSWERED], cached: counters[CACHED], children: pool.children.length };
}

function countPrimes(limit) {
  let count = 0;
  for (let n = 2; n <= limit; n++) {
    let prime = true;
    for (let d = 2; prime && d * d <= n; d++) prime = n % d !== 0;
    if (prime) count++;
  }
  return count;
}

server.listen(Number(process.argv[2] ?? 0), '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();
console.log(`http://127.0.0.1:${port}`);
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void pool.close();
});

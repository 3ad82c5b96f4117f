// A pre-fork server: what the parent has loaded is shared by copy-on-write, and all of them accept on one socket.
//
//   node examples/prefork-server/main.mjs [workers]
import { once } from 'node:events';
import http from 'node:http';
import posix from 'posix-fork';

const workers = Number(process.argv[2] ?? 2);
const loaded = new Map(Array.from({ length: 100_000 }, (_, i) => [`/${i}`, i ** 2]));

const server = http.createServer((request, response) => response.end(`${process.pid}: ${loaded.get(request.url)}\n`));
server.listen(0, '127.0.0.1');
await once(server, 'listening');

const pids = [];
for (let i = 0; i < workers; i++) {
  const pid = posix.fork({ keep: [server] });
  if (pid === 0) await new Promise(() => {}); // from here on it serves
  pids.push(pid);
}
const { port } = server.address();
server.close(); // the parent only supervises

for (let i = 1; i <= 5; i++) {
  const response = await fetch(`http://127.0.0.1:${port}/${i}`, { headers: { connection: 'close' } });
  process.stdout.write(await response.text());
}
for (const pid of pids) process.kill(pid, 'SIGTERM');
for (const pid of pids) console.log(await posix.waitpid(pid));

// An HTTP server with two workers: `server.cjs fork|cluster MB`, the MB being what the application keeps in memory. Says its port and its workers' pids; ends with its standard input.
const http = require('node:http');
const v8 = require('node:v8');
const vm = require('node:vm');
const [way, megabytes] = process.argv.slice(2);
const WORKERS = 2;
// Where it is loaded makes the difference: once before the fork, or by each of cluster's workers.
function load() {
  globalThis.application = Array.from({ length: megabytes * 4700 }, (_, i) => ({ i, more: [i, `${i}`] }));
}
// As warmup() does before the fork, so that what is compared is not the garbage of loading.
function collect() {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc');
  gc();
  gc();
}
const server = http.createServer((_, response) => response.end(`${process.pid}`));

if (way === 'cluster') {
  const cluster = require('node:cluster');
  if (cluster.isPrimary) {
    const workers = Array.from({ length: WORKERS }, () => cluster.fork());
    cluster.once('listening', (_, { port }) =>
      tell(
        port,
        workers.map((worker) => worker.process.pid),
      ),
    );
    endWithStdin(() => workers.forEach((worker) => worker.process.kill('SIGKILL')));
  } else {
    load();
    collect();
    server.listen(0, '127.0.0.1');
  }
} else {
  const posix = require('posix-fork');
  load();
  posix.warmup(); // docs/what-a-child-is.md#memory
  server.listen(0, '127.0.0.1', () => {
    const pids = [];
    for (let i = 0; i < WORKERS; i++) {
      const pid = posix.fork({ keep: [server] });
      if (pid === 0) return;
      pids.push(pid);
    }
    const { port } = server.address();
    server.close(); // the children answer; the parent only looks after them
    tell(port, pids);
    endWithStdin(() => pids.forEach((pid) => posix.kill(pid, 'SIGKILL')));
  });
}

function tell(port, pids) {
  console.log(JSON.stringify({ port, pids }));
}

function endWithStdin(end) {
  process.stdin.resume().on('end', () => {
    end();
    process.exit();
  });
}

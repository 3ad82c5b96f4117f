// A daemon that tells the time: `node main.mjs start|status|stop [directory]`
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import posix from 'posix-fork';

const [command, directory = os.tmpdir()] = process.argv.slice(2);
const pidfile = path.join(directory, 'timed.pid');
const socket = path.join(directory, 'timed.socket');
const log = path.join(directory, 'timed.log');

const commands = {
  start() {
    let daemon;
    try {
      daemon = posix.daemonize({ pidfile, stdout: log, stderr: log });
    } catch (error) {
      if (error.code !== 'ERR_FORK_PIDFILE_LOCKED') throw error;
      console.log(`already running, pid ${error.pid}`);
      process.exit(1);
    }
    fs.rmSync(socket, { force: true }); // we have the lock: nobody uses it
    const server = net.createServer((client) => client.end(`${new Date().toISOString()}\n`));
    server.listen(socket, () => {
      console.log(`pid ${process.pid} is ready`);
      daemon.ready(); // only now does the shell get its prompt back
    });
    process.on('SIGTERM', () => {
      console.log('good bye');
      process.exit(0);
    });
  },
  async status() {
    const client = net.connect(socket).setEncoding('utf8');
    for await (const text of client) process.stdout.write(`it says ${text}`);
  },
  stop() {
    process.kill(Number(fs.readFileSync(pidfile, 'utf8')), 'SIGTERM');
  },
};

await commands[command]();

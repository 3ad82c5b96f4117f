// Which servers do the packages of test/packages connect to, and how does one start them?
//
// Each is another process, on a port of the loopback device, with its files in a folder that goes with it. PostgreSQL, Redis, MariaDB, NATS
// and memcached are Debian's (apt-get install postgresql redis-server mariadb-server nats-server memcached); the others are programs in test/packages/servers/.
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const PROGRAMS = path.join(import.meta.dirname, '../../test/packages/servers');
const DEBIANS = '/usr/lib/postgresql';

// What is started, given a port and an empty folder.
const SERVERS = {
  postgres: (port, folder) => {
    const [version] = existsSync(DEBIANS) ? readdirSync(DEBIANS).sort().reverse() : [];
    if (!version) throw new Error('there is no PostgreSQL: apt-get install postgresql');
    const bin = `${DEBIANS}/${version}/bin`;
    // It refuses to run as root.
    const as = process.getuid() === 0 ? idOf('postgres') : {};
    if (as.uid) chownSync(folder, as.uid, as.gid);
    const options = ['-D', folder, '-U', 'tester', '-A', 'trust', '--no-sync'];
    execFileSync(`${bin}/initdb`, options, { ...as, cwd: '/', stdio: 'ignore' });
    return [`${bin}/postgres`, ['-D', folder, '-p', port, '-h', '127.0.0.1', '-k', folder, '-F'], { ...as, cwd: '/' }];
  },
  mariadb: (port, folder) => {
    const as = process.getuid() === 0 ? ['--user=nobody'] : [];
    execFileSync('mysql_install_db', [`--datadir=${folder}`, '--auth-root-authentication-method=normal', ...as], {
      stdio: 'ignore',
    });
    const init = path.join(folder, 'init.sql');
    writeFileSync(
      init,
      "CREATE DATABASE IF NOT EXISTS test;\nCREATE USER tester@'127.0.0.1';\nGRANT ALL ON test.* TO tester@'127.0.0.1';\n",
    );
    const files = [
      `--datadir=${folder}`,
      `--socket=${folder}/socket`,
      `--pid-file=${folder}/pid`,
      `--init-file=${init}`,
    ];
    return [
      'mariadbd',
      ['--no-defaults', ...as, ...files, `--port=${port}`, '--bind-address=127.0.0.1', '--skip-name-resolve'],
    ];
  },
  nats: (port) => ['nats-server', ['-a', '127.0.0.1', '-p', port]],
  memcached: (port) => [
    'memcached',
    ['-l', '127.0.0.1', '-p', port, '-U', '0', ...(process.getuid() === 0 ? ['-u', 'nobody'] : [])],
  ],
  redis: (port, folder) => ['redis-server', ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '']],
};

/** Starts those of the names. Gives the environment that says where they are, and stop(). */
export async function startServers(names, folderOf) {
  const env = {};
  const running = [];
  const stop = async () => {
    for (const { child, folder } of running) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
        await once(child, 'exit');
        clearTimeout(late);
      }
      rmSync(folder, { recursive: true, force: true });
    }
  };
  try {
    for (const name of names) {
      const folder = mkdtempSync(path.join(tmpdir(), `posix-fork-${name}-`));
      const port = await freePort();
      const [command, args, options] = SERVERS[name]
        ? SERVERS[name](String(port), folder)
        : [process.execPath, [path.join(PROGRAMS, `${name}.mjs`), port, folderOf(name)]];
      const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
      running.push({ child, folder });
      await listening(name, port, child);
      env[`PORT_OF_${name.toUpperCase()}`] = String(port);
      if (name === 'postgres')
        Object.assign(env, { PGHOST: '127.0.0.1', PGPORT: port, PGUSER: 'tester', PGDATABASE: 'postgres' });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { env, stop };
}

function idOf(user) {
  const id = (what) => Number(execFileSync('id', [what, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort() {
  const server = net.createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  await once(server.close(), 'close');
  return port;
}

async function listening(name, port, child) {
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const failed = once(child, 'error').catch(() => {});
  let problem;
  void failed.then((error) => (problem = error));
  for (let i = 0; i < 600; i++) {
    if (problem || child.exitCode !== null) break;
    const answers = await new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (answers) return;
    await sleep(50);
  }
  throw new Error(`the server ${name} does not come up: ${problem?.[0] ?? said.slice(-500)}`);
}

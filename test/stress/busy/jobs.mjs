// What does a busy parent do? Jobs that have one right result each, whatever else goes on: so any number of rounds compares
// with any other.
//
// Every callback is a place to fork in: cb() makes one of a function, at() of what comes after an await. In a child neither
// goes on: what the parent's code would do next there is none of the child's business.
import { AsyncLocalStorage } from 'node:async_hooks';
import { exec, execFile, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import zlib from 'node:zlib';

const storage = new AsyncLocalStorage();
// (func (export "f") (param i32) (result i32) local.get 0 i32.const 1 i32.add)
const INCREMENT = Buffer.from('0061736d0100000001060160017f017f03020100070501016600000a09010700200041016a0b', 'hex');
const SIZE = 600_000; // bytes: ten reads of a stream, and more than a socket takes at once
const ECHO = `const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
parentPort.on('message', ([round, text]) => parentPort.postMessage([round, createHash('sha1').update(text).digest('base64')]));`;

/** The jobs by name, each a function of the round's number that promises a string; and `close()`. */
export async function makeJobs({ folder, cb, at, workers }) {
  const big = path.join(folder, 'big');
  const bytes = Buffer.from(Array.from({ length: SIZE }, (_, i) => i % 251));
  fs.writeFileSync(big, bytes);
  const gzipped = zlib.gzipSync(bytes);
  const [server, tls, two] = await serve({ big, bytes, cb, at });
  const local = await serveLocally({ folder, cb });
  const echoes = Array.from({ length: workers }, () => new Worker(ECHO, { eval: true }));
  const pooled = new http.Agent({ keepAlive: true, maxSockets: 2 });
  const file = (job, round) => path.join(folder, `${job}-${round}`);

  const request = (place, { secure = false, ...options }, body) =>
    new Promise((resolve, reject) => {
      const { port } = (secure ? tls : server).address();
      const to = { host: '127.0.0.1', port, agent: false, rejectUnauthorized: false, ...options };
      const asked = (secure ? https : http).request(
        to,
        cb(`${place}: response`, (response) => {
          const hash = crypto.createHash('sha1');
          response.on(
            'data',
            cb(`${place}: data`, (data) => hash.update(data)),
          );
          response.on(
            'end',
            cb(`${place}: end`, () => resolve(`${response.statusCode} ${hash.digest('base64')}`)),
          );
          response.on('error', reject);
        }),
      );
      asked.on('error', reject).end(body);
    });

  const callback = (place, start, show) =>
    new Promise((resolve, reject) => {
      start(cb(place, (error, value) => (error ? reject(error) : resolve(show(value)))));
    });

  const jobs = {
    'small request': () => request('small request', { path: '/small' }),
    'pooled request': () => request('pooled request', { path: '/small', agent: pooled }),
    'large request': () => request('large request', { path: '/large' }),
    'slow request': () => request('slow request', { path: '/slow' }),
    'file request': () => request('file request', { path: '/file' }),
    'work request': () => request('work request', { path: '/work' }),
    'large body': () => request('large body', { path: '/body', method: 'POST' }, bytes),
    async fetch() {
      const response = await at('fetch: response', fetch(`http://127.0.0.1:${server.address().port}/large`));
      return sha(await at('fetch: body', response.arrayBuffer()));
    },
    'TLS request': () => request('TLS request', { path: '/large', secure: true }),
    'HTTP/2 request': () =>
      new Promise((resolve, reject) => {
        const hash = crypto.createHash('sha1');
        const session = http2.connect(`http://127.0.0.1:${two.address().port}`).on('error', reject);
        const asked = session.request({ ':path': '/large' }).on('error', reject);
        asked.on(
          'data',
          cb('HTTP/2 request: data', (data) => hash.update(data)),
        );
        asked.on(
          'end',
          cb('HTTP/2 request: end', () => session.close()),
        );
        session.on(
          'close',
          cb('HTTP/2 request: close', () => resolve(hash.digest('base64'))),
        );
      }),
    datagrams: () =>
      new Promise((resolve, reject) => {
        const [from, to] = [dgram.createSocket('udp4'), dgram.createSocket('udp4')];
        to.on(
          'message',
          cb('datagrams: message', (text) => {
            from.close();
            to.close(cb('datagrams: close', () => resolve(`${text}`)));
          }),
        ).on('error', reject);
        to.bind(
          0,
          '127.0.0.1',
          cb('datagrams: bound', () => from.send('datagram', to.address().port, '127.0.0.1')),
        );
      }),
    'Unix socket': () =>
      new Promise((resolve, reject) => {
        const hash = crypto.createHash('sha1');
        const socket = net.connect(
          local.address(),
          cb('Unix socket: connect', () => socket.end(bytes.subarray(0, 200_000))),
        );
        socket.on(
          'data',
          cb('Unix socket: data', (data) => hash.update(data)),
        );
        socket.on(
          'end',
          cb('Unix socket: end', () => resolve(hash.digest('base64'))),
        );
        socket.on('error', reject);
      }),
    readFile: () => callback('readFile', (done) => fs.readFile(big, done), sha),
    'promises.readFile': async () => sha(await at('promises.readFile', fs.promises.readFile(big))),
    createReadStream: () =>
      new Promise((resolve, reject) => {
        const hash = crypto.createHash('sha1');
        fs.createReadStream(big)
          .on(
            'data',
            cb('createReadStream: data', (data) => hash.update(data)),
          )
          .on('error', reject)
          .on(
            'close',
            cb('createReadStream: close', () => resolve(hash.digest('base64'))),
          );
      }),
    async 'for await'() {
      const hash = crypto.createHash('sha1');
      for await (const data of fs.createReadStream(big)) hash.update(await at('for await', data));
      return hash.digest('base64');
    },
    async 'FileHandle.read'() {
      const hash = crypto.createHash('sha1');
      const handle = await at('FileHandle.read: open', fs.promises.open(big));
      for (let bytesRead = 1; bytesRead > 0;) {
        const read = await at('FileHandle.read', handle.read(Buffer.alloc(50_000)));
        bytesRead = read.bytesRead;
        hash.update(read.buffer.subarray(0, bytesRead));
      }
      await at('FileHandle.read: close', handle.close());
      return hash.digest('base64');
    },
    async 'FileHandle.write'(round) {
      const handle = await at('FileHandle.write: open', fs.promises.open(file('handle', round), 'w'));
      for (let i = 0; i < 6; i++)
        await at('FileHandle.write', handle.write(bytes.subarray(i * 100_000, (i + 1) * 100_000)));
      await at('FileHandle.write: close', handle.close());
      return readAndRemove(file('handle', round));
    },
    async writeFile(round) {
      await at('writeFile', fs.promises.writeFile(file('writeFile', round), bytes));
      return readAndRemove(file('writeFile', round));
    },
    async appendFile(round) {
      for (let i = 0; i < 5; i++) {
        await callback('appendFile', (done) => fs.appendFile(file('append', round), `line ${i}\n`, done), String);
      }
      return readAndRemove(file('append', round));
    },
    pipeline: (round) =>
      new Promise((resolve, reject) => {
        const to = file('pipeline', round);
        pipeline(
          fs.createReadStream(big),
          fs.createWriteStream(to),
          cb('pipeline', (error) => (error ? reject(error) : resolve(readAndRemove(to)))),
        );
      }),
    async 'a directory'(round) {
      const directory = file('directory', round);
      await at('mkdir', fs.promises.mkdir(directory));
      await at('copyFile', fs.promises.copyFile(big, path.join(directory, 'copy')));
      const names = await at('readdir', fs.promises.readdir(directory));
      const { size } = await at('stat', fs.promises.stat(path.join(directory, 'copy')));
      await at('rm', fs.promises.rm(directory, { recursive: true }));
      return `${names} ${size}`;
    },
    scrypt: () => callback('scrypt', (done) => crypto.scrypt('a', 'b', 32, { N: 1024 }, done), base64),
    pbkdf2: () => callback('pbkdf2', (done) => crypto.pbkdf2('a', 'b', 500, 20, 'sha1', done), base64),
    randomBytes: () =>
      callback(
        'randomBytes',
        (done) => crypto.randomBytes(100, done),
        (value) => `${value.length}`,
      ),
    'hash of a stream': () =>
      new Promise((resolve, reject) => {
        const hash = crypto.createHash('sha1');
        fs.createReadStream(big)
          .on('error', reject)
          .pipe(hash)
          .on(
            'finish',
            cb('hash of a stream', () => resolve(hash.digest('base64'))),
          );
      }),
    gzip: () => callback('gzip', (done) => zlib.gzip(bytes, done), sha),
    gunzip: () =>
      new Promise((resolve, reject) => {
        const hash = crypto.createHash('sha1');
        const gunzip = zlib.createGunzip().on('error', reject);
        gunzip.on(
          'data',
          cb('gunzip: data', (data) => hash.update(data)),
        );
        gunzip.on(
          'end',
          cb('gunzip: end', () => resolve(hash.digest('base64'))),
        );
        gunzip.end(gzipped);
      }),
    lookup: () => callback('lookup', (done) => dns.lookup('localhost', { family: 4 }, done), String),
    spawn: () =>
      new Promise((resolve, reject) => {
        const hash = crypto.createHash('sha1');
        const child = spawn('seq', ['1', '20000'], { stdio: ['ignore', 'pipe', 'inherit'] }).on('error', reject);
        let exit;
        child.stdout.on(
          'data',
          cb('spawn: data', (data) => hash.update(data)),
        );
        child.on(
          'exit',
          cb('spawn: exit', (...how) => (exit = how)),
        );
        child.on(
          'close',
          cb('spawn: close', () => resolve(`${exit} ${hash.digest('base64')}`)),
        );
      }),
    'spawn with input': () =>
      new Promise((resolve, reject) => {
        const hash = crypto.createHash('sha1');
        const child = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] }).on('error', reject);
        child.stdin.on('error', reject);
        child.stdin.end(
          bytes,
          cb('spawn with input: written', () => {}),
        );
        child.stdout.on(
          'data',
          cb('spawn with input: data', (data) => hash.update(data)),
        );
        child.on(
          'close',
          cb('spawn with input: close', (code) => resolve(`${code} ${hash.digest('base64')}`)),
        );
      }),
    exec: () => callback('exec', (done) => exec('echo a; exit 0', done), String),
    execFile: async () => (await at('execFile', promisify(execFile)('seq', ['3']))).stdout,
    timers: () =>
      new Promise((resolve) => {
        const seen = [];
        const see = (what) => {
          if (seen.push(what) === 6) resolve(seen.sort().join());
        };
        let left = 5;
        const interval = setInterval(
          cb('interval', () => {
            if (--left === 0) clearInterval(interval);
            see('interval');
          }),
          2,
        );
        setTimeout(
          cb('timeout', () => see('timeout')),
          5,
        );
      }),
    immediates: () =>
      new Promise((resolve) => {
        const seen = [];
        for (const i of [1, 2, 3]) {
          setImmediate(
            cb('immediate', () => {
              if (seen.push(i) === 3) resolve(seen.join());
            }),
          );
        }
      }),
    ticks: () =>
      new Promise((resolve) => {
        setImmediate(() => {
          const seen = [];
          for (const i of [1, 2, 3]) {
            process.nextTick(
              cb('tick', () => {
                if (seen.push(i) === 3) resolve(seen.join());
              }),
            );
          }
        });
      }),
    AsyncLocalStorage: (round) =>
      storage.run(round, async () => {
        await at('AsyncLocalStorage', promisify(setTimeout)(1));
        await at('AsyncLocalStorage: stat', fs.promises.stat(big));
        return `${storage.getStore() === round}`;
      }),
    async WebAssembly() {
      const { instance } = await at('WebAssembly', WebAssembly.instantiate(INCREMENT));
      return `${instance.exports.f(41)}`;
    },
    async 'async functions'() {
      const add = async (a, b) => at('async function', (await at('inner async function', Promise.resolve(a))) + b);
      return `${await add(await add(1, 2), 3)}`;
    },
    events: () =>
      new Promise((resolve) => {
        const emitter = new EventEmitter();
        emitter.on('event', (n) => queueMicrotask(cb('microtask', () => resolve(`${n}`))));
        emitter.on(
          'event',
          cb('event', () => {}),
        );
        setImmediate(() => emitter.emit('event', 42));
      }),
    messages: () =>
      new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        const seen = [];
        port1.on(
          'message',
          cb('message', (value) => {
            if (seen.push(value) < 5) return;
            port1.close();
            resolve(JSON.stringify(seen));
          }),
        );
        for (let i = 0; i < 5; i++) port2.postMessage({ i });
      }),
    signals: () =>
      new Promise((resolve) => {
        const seen = [];
        const names = ['SIGHUP', 'SIGUSR2', 'SIGWINCH'];
        const listener = cb('signal', (name) => {
          if (seen.push(name) < names.length) return;
          for (const each of names) process.off(each, listener);
          resolve(seen.sort().join());
        });
        for (const name of names) process.on(name, listener);
        for (const name of names) process.kill(process.pid, name);
      }),
  };
  echoes.forEach((worker, i) => {
    jobs[`Worker ${i}`] = (round) =>
      new Promise((resolve) => {
        const listener = cb('Worker: message', ([of, hash]) => {
          if (of !== round) return;
          worker.off('message', listener);
          resolve(hash);
        });
        worker.on('message', listener);
        worker.postMessage([round, bytes.subarray(0, 100_000)]);
      });
  });

  const close = async () => {
    await Promise.all(echoes.map((worker) => worker.terminate()));
    const hasFile = fs.existsSync(local.address());
    for (const each of [server, tls, two, local]) each.close();
    pooled.destroy();
    return hasFile;
  };
  return { jobs, close };
}

// The server that answers small and large requests. Its own callbacks are places to fork in, too.
async function serve({ big, bytes, cb, at }) {
  const routes = {
    '/small': async (request, response) => response.end('small'),
    '/large': async (request, response) => response.end(bytes),
    async '/slow'(request, response) {
      response.write('slow ');
      await at('server: slow', promisify(setTimeout)(4));
      response.write(bytes.subarray(0, 100_000));
      await at('server: slower', promisify(setTimeout)(4));
      response.end('end');
    },
    '/file': (request, response) =>
      new Promise((resolve, reject) => {
        pipeline(
          fs.createReadStream(big),
          response,
          cb('server: file sent', (error) => (error ? reject(error) : resolve())),
        );
      }),
    async '/work'(request, response) {
      const data = await at('server: readFile', fs.promises.readFile(big));
      const key = await at('server: scrypt', promisify(crypto.scrypt)('a', data.subarray(0, 10), 32, { N: 1024 }));
      const { stdout } = await at('server: execFile', promisify(execFile)('head', ['-c', '3000', big]));
      response.end(`${sha(data)} ${base64(key)} ${stdout.length}`);
    },
    '/body': (request, response) =>
      new Promise((resolve) => {
        const hash = crypto.createHash('sha1');
        request.on(
          'data',
          cb('server: data', (data) => hash.update(data)),
        );
        request.on(
          'end',
          cb('server: end', () => {
            response.end(hash.digest('base64'));
            resolve();
          }),
        );
      }),
  };
  const listener = cb('server: request', (request, response) => {
    routes[request.url](request, response).catch(() => response.destroy());
  });
  const [key, cert] = ['key', 'cert'].map((name) =>
    fs.readFileSync(new URL(`../../helpers/${name}.pem`, import.meta.url)),
  );
  const servers = [
    http.createServer(listener),
    https.createServer({ key, cert }, listener),
    http2.createServer(listener),
  ];
  for (const server of servers) await promisify(server.listen).call(server, 0, '127.0.0.1');
  return servers;
}

// Sends back what it gets, over a Unix socket.
async function serveLocally({ folder, cb }) {
  const server = net.createServer(
    { allowHalfOpen: true },
    cb('Unix socket: connection', (socket) => {
      socket.on('error', () => {});
      socket.pipe(socket);
    }),
  );
  await promisify(server.listen).call(server, path.join(folder, 'socket'));
  return server;
}

function sha(data) {
  return crypto.createHash('sha1').update(Buffer.from(data)).digest('base64');
}

function base64(data) {
  return data.toString('base64');
}

function readAndRemove(name) {
  const data = fs.readFileSync(name);
  fs.unlinkSync(name);
  return sha(data);
}

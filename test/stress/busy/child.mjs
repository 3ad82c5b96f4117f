// Can a child of a busy parent do work of its own? Everything that a program may ask of a process, and then its end.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import posix from 'posix-fork';

const text = fs.readFileSync(new URL(import.meta.url), 'utf8');
const key = crypto.scryptSync('child', 'salt', 16, { N: 512 }).toString('hex');

/** The ends of a child, and the code that each has. They take turns. */
export const ENDS = [
  { name: 'process.exit', code: 7, exit: () => process.exit(7) },
  { name: 'nothing left', code: 7, exit: () => (process.exitCode = 7) },
  { name: '_exit', code: 7, exit: () => posix._exit(7) },
  {
    name: 'exception',
    code: 1,
    exit() {
      setImmediate(() => {
        throw new Error('on purpose');
      });
    },
  },
];

/** Reads, hashes, asks a server of its own, waits, collects garbage. Throws where something comes out wrong. */
export async function workInChild(n) {
  const [read, hashed] = await Promise.all([
    fs.promises.readFile(new URL(import.meta.url), 'utf8'),
    promisify(crypto.scrypt)('child', 'salt', 16, { N: 512 }),
    sleep(2),
    immediate(),
    ask(n),
  ]);
  assert.equal(read, text);
  assert.equal(hashed.toString('hex'), key);
  globalThis.gc?.({ type: n % 4 === 0 ? 'major' : 'minor' });
  await sleep(10); // what is left of the parent's has time to come
}

/** The same as far as it goes without a turn of the loop. */
export function workAtOnce() {
  assert.equal(fs.readFileSync(new URL(import.meta.url), 'utf8'), text);
  assert.equal(crypto.scryptSync('child', 'salt', 16, { N: 512 }).toString('hex'), key);
  globalThis.gc?.({ type: 'minor' });
}

async function ask(n) {
  const server = http.createServer((request, response) => response.end(text));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  if (n % 4 === 3) {
    const response = await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } });
    assert.equal(await response.text(), text);
  } else {
    const [response] = await once(http.get({ port, host: '127.0.0.1', agent: false }), 'response');
    let answer = '';
    for await (const data of response.setEncoding('utf8')) answer += data;
    assert.equal(answer, text);
  }
  server.close();
}

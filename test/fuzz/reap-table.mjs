// Does every wait get the answer that it must, whatever happens in whatever order? argv: number of runs, seed, path of a
// failure to repeat.
import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import posix from 'posix-fork';
import { over, turns } from '../helpers/handshake.mjs';
import { check } from './check.mjs';
import { commands, order, orderForeign } from './reap-commands.mjs';
import { Model, stateOf } from './reap-model.mjs';

const MOST_COMMANDS = 40;
posix.setThreadPolicy('ignore');
// Descriptors that are made once, and stay: the set that all waits for any child share, and what Node makes itself.
await posix.wait().catch(() => {});
const program = childProcess.spawn('true', { stdio: ['pipe', 'ignore', 'ignore'] });
await Promise.all([once(program, 'close'), once(program.stdin, 'close')]);
await over(await posix.forkRun(() => {}));
await posix.waitpid(posix.spawn('true'), { untraced: true });
await turns(); // and some of it is closed on a later one

const kindOf = (fd) => {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/, '');
  } catch {
    return 'the directory';
  }
};
const held = () => ({
  descriptors: readdirSync('/proc/self/fd').map(kindOf).sort().join(),
  children: readdirSync('/proc/self/task')
    .map((tid) => `/proc/self/task/${tid}/children`)
    .map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : ''))
    .join(''),
});

// Everything ends, and nothing is left.
async function finish(model, before) {
  for (const child of model.children) {
    if (child.state === 'stopped') posix.kill(child.pid, 'SIGCONT');
    if (child.alive) order(child, 7, true);
  }
  for (const foreign of model.foreign) if (foreign.ordered === undefined) orderForeign(foreign, 8);
  await model.turn();
  for (const { pid, expected } of model.children) {
    const { code, signal } = await posix.waitpid(pid);
    assert.deepEqual([code, signal], [expected.code, expected.signal]);
  }
  for (const { code, ordered } of model.foreign) assert.equal(code, ordered);
  await model.look();
  for (const child of model.children) child.status ??= posix.waitpidSync(child.pid);
  await model.turn(); // who still waits for any learns that there is none
  assert.deepEqual(model.waits, []);
  assert.deepEqual(held(), before);
}

// What has failed is tried again with less: that must not find the rest of it.
async function abandon(model) {
  for (const { pid, order } of model.children) {
    if (order !== undefined) closeSync(order);
    if (stateOf(pid) !== undefined) posix.kill(pid, 'SIGKILL');
    await posix.waitpid(pid).catch(() => {});
  }
  for (const { child } of model.foreign) child.kill('SIGKILL');
  for (const { controller } of model.waits) controller?.abort();
  await sleep(10);
}

let ran = 0;
await check(
  fc.asyncProperty(fc.commands(commands, { maxCommands: MOST_COMMANDS, size: 'max' }), async (list) => {
    const model = new Model();
    const before = held();
    try {
      await fc.asyncModelRun(() => ({ model, real: undefined }), list);
      await finish(model, before);
      ran += [...list].length;
    } catch (error) {
      await abandon(model);
      throw error;
    }
  }),
);
console.log(JSON.stringify({ ran }));

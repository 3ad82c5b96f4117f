// How does a test run a program that forks? In a process group of its own, which is dead before the test ends.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describeProcess } from './describe-process.mjs';

// scripts/versions.mjs tests a Node.js that mocha may be too new for.
const NODE = process.env.POSIX_FORK_TEST_NODE || process.execPath;
const TESTS = fileURLToPath(new URL('../', import.meta.url));

/**
 * Runs test/<room>/fixtures/<name>, given as '<room>/<name>', and waits until it and everything that it started has ended and closed its output.
 *
 * A hang is a failure: past `deadline` ms the whole group is killed, and the error says what its processes were at. So is a
 * process that outlives the fixture.
 */
export async function runFixture(fixture, args = [], options = {}) {
  const { deadline = 40_000, env = {}, execArgv = [], node = NODE, input, wrapper = [] } = options;
  const command = [...wrapper, node, ...execArgv, pathOf(fixture), ...args.map(String)];
  return runCommand(command, { deadline, env, input });
}

/** The path of test/<room>/fixtures/<name>, given as '<room>/<name>'. */
export function pathOf(fixture) {
  return TESTS + (fixture.startsWith('fuzz/') ? fixture : fixture.replace('/', '/fixtures/'));
}

/** The same for any command. */
export async function runCommand(command, { deadline = 40_000, env = {}, input, cwd } = {}) {
  const child = spawn(command[0], command.slice(1), {
    detached: true, // a session of its own, and so a process group
    cwd,
    // With NODE_EXTRA_CA_CERTS, Node 22 and later have a descriptor more for some ms: that of the thread that reads this file.
    env: { ...process.env, NODE_OPTIONS: '', NODE_EXTRA_CA_CERTS: undefined, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  if (input !== undefined) child.stdin.end(input);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
  }
  let late;
  const timer = setTimeout(() => {
    late = describe(child.pid);
    end(child.pid);
  }, deadline);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...status) => resolve(status)); // after the last process has closed the pipes
  }).finally(() => clearTimeout(timer)); // also where there is no such command
  const what = `${command.slice(1).join(' ')}\nstdout: ${output.stdout}\nstderr: ${output.stderr}`;
  if (late) throw new Error(`hung for ${deadline} ms, killed:\n${late}\n${what}`);
  await assertGone(child.pid, what);
  return { code, signal, ...output };
}

/** The last line of what a fixture printed, as JSON. */
export function report({ stdout }) {
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

async function assertGone(session, what) {
  for (let i = 0; i < 100; i++) {
    if (membersOf(session).length === 0) return;
    await sleep(10); // an orphan's new parent may not have reaped it yet
  }
  const left = describe(session);
  end(session);
  throw new Error(`left processes behind:\n${left}\n${what}`);
}

/** Of the session, in whichever process group, and of the group of its leader, in whichever session. */
function membersOf(session) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        // pid (comm) state ppid pgrp session …: comm may contain anything. What is left of an orphan is its new parent's
        // business.
        const [state, , ...ids] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ', 4);
        return ids.includes(String(session)) && state !== 'Z';
      } catch {
        return false;
      }
    });
}

function describe(session) {
  return membersOf(session).map(describeProcess).join('\n');
}

function end(session) {
  for (const pid of membersOf(session)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended in the meantime.
    }
  }
}

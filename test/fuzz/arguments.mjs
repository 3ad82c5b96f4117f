// Does every function take what it says it takes, and refuse everything else with a typed error that names the argument,
// before anything has happened? argv: number of calls, seed, path of a failure to repeat. Prints what was called how often.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import posix from 'posix-fork';
import { turns } from '../helpers/handshake.mjs';
import { check } from './check.mjs';
import { signatures, world } from './signatures.mjs';
import { arbitrary, describe, isOwn } from './values.mjs';

const WRONG = { ERR_INVALID_ARG_TYPE: TypeError, ERR_INVALID_ARG_VALUE: TypeError };
Object.assign(WRONG, { ERR_OUT_OF_RANGE: RangeError, ERR_UNKNOWN_SIGNAL: TypeError });

// Files that daemonize() creates come to lie here.
const directory = mkdtempSync(path.join(tmpdir(), 'posix-fork-fuzz-'));
process.chdir(directory);
process.on('exit', () => rmSync(directory, { recursive: true }));
posix.wait().catch(() => {}); // makes the one descriptor that all later waits share
world.forked = await posix.forkRun(() => 0);
world.reaped = (await world.forked.status).pid;
posix.threads(); // and whatever else is made once
posix.support();
await turns(); // and is closed on a later turn

/** One call: a function, and recipes for its arguments, some right and some arbitrary. */
const calls = fc.oneof(
  ...Object.entries(signatures).map(([name, { args, required }]) => {
    const weight = 1 + 2 * Object.keys(args).length;
    const types = Object.values(args);
    const list = fc.tuple(...types.map(({ good }) => fc.oneof({ weight: 2, arbitrary: good }, arbitrary)));
    const extra = fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, fc.tuple(arbitrary));
    const call = fc
      .tuple(list, fc.integer({ min: required, max: types.length }), extra)
      .map(([list, count, extra]) => ({
        name,
        recipes: count < types.length ? list.slice(0, count) : [...list, ...extra],
      }));
    return { weight, arbitrary: call };
  }),
);

const counts = Object.fromEntries(
  Object.entries(signatures).map(([name, { args }]) => {
    return [name, { done: 0, refused: 0, failed: 0, takes: Object.keys(args).length }];
  }),
);
const exported = Object.keys(posix).filter((name) => typeof posix[name] === 'function' && name !== 'ChildExitError');
assert.deepEqual(
  exported.filter((name) => !(name in signatures)),
  [],
);

async function obey({ name, recipes }) {
  const signature = signatures[name];
  const types = Object.entries(signature.args);
  const hostile = recipes.some((each) => each.hostile);
  const values = signature.tame(...recipes.map(({ make }) => make()));
  // What is wrong, as far as it can be asked: to look at a hostile value would change it.
  const wrong = hostile ? [] : types.filter(([, type], i) => values[i] !== undefined && !type.accepts(values[i]));
  for (const [i, type] of types.slice(0, signature.required).entries())
    if (!hostile && values[i] === undefined && !type[1].accepts(undefined)) wrong.push(type);
  const together = hostile || (signature.also?.(...values) ?? true);
  const mayBeDone = wrong.length === 0 && together;
  const before = held();

  let result;
  let error;
  try {
    result = await signature.call(...values);
  } catch (thrown) {
    error = { thrown };
  }
  if (error) {
    const refused = judge(error.thrown, signature, {
      hostile,
      mayBeDone,
      names: namesOf(wrong.length && together ? wrong : types),
    });
    counts[name][refused ? 'refused' : 'failed']++;
  } else {
    if (!mayBeDone) throw new Error(`took a wrong argument and returned ${describe(result)}`);
    if (!(await signature.returns(result))) throw new Error(`returned ${describe(result)}`);
    if (signature.after && (await signature.after(result)) === false) throw new Error('went on wrongly');
    counts[name].done++;
  }
  await leavesNothing(before);
}

// True for an error of a wrong argument.
function judge(error, { errors, passesOn }, { hostile, mayBeDone, names }) {
  if ((hostile && isOwn(error)) || (mayBeDone && passesOn?.(error))) return false;
  const { code, message } = error ?? {};
  const said = `threw ${error?.stack ?? describe(error)} ${describe({ ...error })}`;
  if (!(error instanceof Error) || typeof code !== 'string') throw new Error(`is not typed: ${said}`);
  if (code in WRONG) {
    if (mayBeDone && !hostile) throw new Error(`refused right arguments: ${said}`);
    if (!(error instanceof WRONG[code])) throw new Error(`is of the wrong class: ${said}`);
    if (!error.stack.startsWith(`${error.name} [${code}]: ${message}`)) throw new Error(`has another stack: ${said}`);
    if (!names.some((name) => message.includes(name)) && code !== 'ERR_UNKNOWN_SIGNAL')
      throw new Error(`does not name ${names.join(' or ')}: ${said}`);
    return true;
  }
  // The prototype of AbortSignal has getters that throw this.
  if (hostile && code === 'ERR_INVALID_THIS') return true;
  if (!mayBeDone) throw new Error(`is not about the wrong argument: ${said}`);
  if (!errors.includes(code)) throw new Error(`is not documented: ${said}`);
  if (!code.startsWith('E') || code.startsWith('ERR_')) return false;
  if (!(error.errno < 0) || typeof error.syscall !== 'string' || !message.startsWith(`${code}: `))
    throw new Error(`does not look like a system error: ${said}`);
  return false;
}

function namesOf(types) {
  return types.flatMap(([name, { alsoCalled = [] }]) => [name, ...alsoCalled]);
}

function held() {
  return { descriptors: descriptors(), children: children() };
}

// What is open, without the one by which this is read.
function descriptors() {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return `${fd}: ${readlinkSync(`/proc/self/fd/${fd}`)}`;
    } catch {
      return [];
    }
  });
}

function children() {
  return readdirSync('/proc/self/task')
    .map((tid) => {
      try {
        return readFileSync(`/proc/self/task/${tid}/children`, 'utf8');
      } catch {
        return ''; // a thread that has ended
      }
    })
    .join('');
}

// Sockets close on a later turn.
async function leavesNothing(before) {
  let now;
  for (let i = 0; i < 200; i++) {
    now = held();
    if (`${now.descriptors}` === `${before.descriptors}` && now.children === before.children) return;
    await sleep(i);
  }
  throw new Error(`leaves ${JSON.stringify(now)} of ${JSON.stringify(before)}`);
}

await check(fc.asyncProperty(calls, obey));
// Nothing waits any more, and no thread is left.
const left = posix.threads().filter(({ kind }) => kind === 'worker' || kind === 'foreign');
console.log(JSON.stringify({ counts, left }));

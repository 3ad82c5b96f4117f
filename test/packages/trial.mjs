// What does one package do in the children of a program that has used it? argv: its title in table.mjs, the folder that it is installed in.
//
// Prints one line of JSON. The program opens what its README says, and uses it; then it forks a child for each question and each
// way to end, and uses it again after each.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import posix from 'posix-fork';
import { rows, titleOf } from './table.mjs';

const [title, folder] = process.argv.slice(2);
const row = rows.find((each) => titleOf(each) === title);
// ms in which a call must have answered: long where it will, so that a loaded machine is no answer
const ANSWER = row.verdict === 'works' ? 20_000 : 1_500;
const END = 5_000; // ms in which a child that has nothing to do must have ended

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'posix-fork-package-'));
const { default: load } = await import(pathToFileURL(path.join(folder, 'load.mjs')).href);
const kit = {
  /** import(), from where the package is installed. */
  load,
  folder,
  scratch,
  port: (server) => Number(process.env[`PORT_OF_${server.toUpperCase()}`]),
};
process.env.POSIX_FORK_TRIAL_PARENT = process.pid; // for rows that ask where they are
const warnings = [];
process.on('warning', ({ name, message }) => name === 'ForkThreadWarning' && warnings.push(message));

let session;

// What is asked in a child. Each gives what the calls came to: "ok", the error's code, or "no answer".
const QUESTIONS = {
  // Does a child end that leaves the package alone?
  idle: () => [],
  // Does what the parent opened work? Twice: a client may connect anew.
  inherited: async () => [await outcome(session), await outcome(session)],
  // Does what the child opens itself?
  own: async () => {
    session = await row.open(kit);
    return [await outcome(session)];
  },
};
// Does what an at-fork handler has opened in it?
const RECIPE = async () => [await outcome(session)];

const WAYS = {
  exit: (work) => forked(work, () => process.exit(0)),
  // What is shared would be closed for the parent, too.
  'natural end': (work, question) =>
    forked(work, () => (question === 'own' || (question !== 'idle' && !row.shared) ? session.close?.() : undefined)),
  forkRun: async (work) => {
    const child = await posix.forkRun(work);
    child.result.catch(() => {}); // its status says it, too
    return child.pid;
  },
};

// Not awaited: a child is to end because there is nothing left to do, and then its code is 0.
void main();

async function main() {
  const children = {};
  // What is of no use in a child that has inherited it may be of use where there was nothing to inherit.
  if (row.verdict === 'never') children.first = await tryAll('first', QUESTIONS.own);
  warnings.length = 0;
  session = await row.open(kit);
  await mustWork('before the fork');
  for (const [question, ask] of Object.entries(QUESTIONS))
    if (row.questions?.includes(question) ?? true) children[question] = await tryAll(question, ask);
  if (session.renew) {
    const handlers = posix.registerAtFork({ afterInChild: () => void (session = session.renew()) });
    children.recipe = await tryAll('recipe', RECIPE);
    handlers[Symbol.dispose]();
  }
  await session.close?.();
  fs.rmSync(scratch, { recursive: true, force: true });
  fs.writeSync(1, `${JSON.stringify({ children, warning: warnings[0] ?? '' })}\n`);
  process.exit(0); // what it has left open is not the question
}

async function tryAll(question, ask) {
  const found = {};
  for (const [way, start] of Object.entries(WAYS)) {
    if (row.ways && !row.ways.includes(way)) continue;
    const file = path.join(scratch, 'answers');
    fs.rmSync(file, { force: true });
    for (let i = 0; i < 5; i++) await turn(); // a client is idle some turns after its answer
    const pid = await start(async () => {
      const answers = await ask();
      fs.writeFileSync(file, JSON.stringify({ answers, at: Date.now() }));
      return answers;
    }, question);
    found[way] = await watch(pid, file);
    if (session) await mustWork(`${question}, ${way}`);
  }
  return found;
}

async function forked(work, end) {
  const pid = posix.fork();
  if (pid > 0) return pid;
  const answers = await work();
  // What never answers may hold a child, as it would any process.
  if (answers.includes('no answer')) process.exit(0);
  await end();
  return new Promise(() => {}); // what follows is the parent's
}

/** What the calls came to, whether it ended by itself, and in how many milliseconds after the last answer. */
async function watch(pid, file) {
  const late = new AbortController();
  const deadline = sleep(2 * ANSWER + END, 'late', { signal: late.signal });
  const ended = posix.waitpid(pid);
  let status = await Promise.race([ended, deadline]);
  const at = Date.now();
  const isLate = status === 'late';
  late.abort();
  if (isLate) {
    posix.kill(pid, 'SIGKILL');
    await ended;
  }
  const said = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined;
  const end = isLate ? 'never' : status.state === 'exited' ? status.code : status.signal;
  return { answers: said?.answers ?? ['blocked'], end, ms: said && !isLate ? at - said.at : null };
}

/** What one call comes to. */
async function outcome({ use }) {
  const late = new AbortController();
  try {
    const answer = Promise.resolve(use()).then((value) => (value === true ? 'ok' : `gave ${JSON.stringify(value)}`));
    return await Promise.race([answer, sleep(ANSWER, 'no answer', { signal: late.signal })]);
  } catch (error) {
    return String(error?.code ?? error?.cause?.code ?? error?.message ?? error).slice(0, 60);
  } finally {
    late.abort();
  }
}

/** In the parent. */
async function mustWork(when) {
  const found = await outcome(session);
  if (found !== 'ok') throw new Error(`${title} in the parent: ${found} (${when})`);
}

// The template: Jest's own worker, which runs some test files as it does for Jest, and forks a child for each of the others.
const path = require('node:path');
const v8 = require('node:v8');
const posix = require('posix-fork');
const { isCustom, pack } = require('./messages.js');
const { codeSince, count, shareCode, takeCode } = require('./shared-code.js');

const PATIENCE = 500; // ms, with a process whose file has ended

const send = process.send.bind(process);

// Here and in the children alike: V8 takes no code of a process with other flags.
v8.setFlagsFromString('--no-flush-bytecode'); // or collections throw away what children would compile again
// A child lives for one file. A collection of its whole heap writes to most pages of the template's, and is over when it is of no use any more; and where the
// template is in the middle of one, each child has it to finish. So there is none before the heap is three times as large, and then in one piece.
v8.setFlagsFromString('--heap-growing-percent=200');
v8.setFlagsFromString('--no-incremental-marking'); // nor does V8's memory reducer collect anything then
// What it optimizes as early as a long-lived worker does costs more than it saves, so a function has to run thirty times as long first. From V8 12 on
// (Node.js 22) there is no such flag, and what stands for it made no difference.
if (Number.parseInt(process.versions.v8, 10) < 12) v8.setFlagsFromString('--interrupt-budget=2000000');
process.on('disconnect', () => process.exit(0));

let worker; // a promise of jest-runner's testWorker
let busy = Promise.resolve();
let settled = false;

process.on('message', (message) => {
  if (message.type === 'setup') worker = load(message);
  // A file that runs here is in nobody's way: a child would inherit half of it.
  if (message.type === 'run') busy = busy.then(() => runHere(message));
  if (message.type === 'fork') busy = busy.then(() => runInChild(message));
});

async function load({ testWorker, setup, sharesCode, flags }) {
  process.execArgv = process.execArgv.filter((flag) => !flags.includes(flag)); // what tests start does not get them
  if (sharesCode) shareCode(require.resolve('jest-runtime', { paths: [testWorker] }));
  const module = require(testWorker);
  await module.setup(setup);
  return module;
}

async function runHere({ id, task }) {
  settled = false;
  send({ id, text: pack(await outcome(await worker, task)) });
}

async function runInChild({ id, task, workerId }) {
  await worker;
  settle();
  try {
    const child = await posix.forkRun((port) => inChild(port, task, workerId), { port: true, threads: 'throw' });
    child.port.on('message', (message) => (message.code ? takeCode(message.code) : send(JSON.parse(message))));
    child.port.unref();
    void finish(child, id, path.relative(task.config.rootDir, task.path));
  } catch ({ message }) {
    send({ id, refused: message });
  }
}

function settle() {
  if (settled) return;
  settled = true;
  posix.warmup(); // and the garbage of the files that ran here
}

async function finish(child, id, file) {
  try {
    const text = await child.result;
    // Or the next one is there before this one's memory is free.
    await Promise.race([child.status.catch(() => {}), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    send({ id, text });
  } catch ({ status, message }) {
    const how = status?.signal ? `was ended by ${status.signal}` : status ? `exited with code ${status.code}` : message;
    const text = `${file}: the process that ran it ${how}`;
    send({ id, text: pack({ error: { message: text, stack: text, type: 'Error' } }) });
  }
}

// As jest-worker calls it. Nothing awaits that promise itself: what does would be in the stacks of the test file's errors.
function outcome(module, task) {
  return new Promise((resolve) => {
    module.worker(task).then(
      (result) => resolve({ result }),
      (error) => resolve({ error }),
    );
  });
}

// From here on: in the child.

async function inChild(port, task, workerId) {
  posix.setPdeathsig('SIGKILL');
  process.env.JEST_WORKER_ID = String(workerId);
  // A child has no process.send of its parent's; jest-worker looks for one, and packs in its own way what this one cannot send.
  process.send = (message) => void (isCustom(message) && port.postMessage(JSON.stringify(message)));
  const before = count();
  const text = pack(await outcome(await worker, task));
  // One at a time: all of them are tens of megabytes.
  for (const code of codeSince(before, task.path)) port.postMessage({ code });
  return text;
}

// One template, seen from Jest's process: a worker as Jest's own, that forks a child for a test file instead of running it.
const { fork } = require('node:child_process');
const path = require('node:path');
const { isCustom, unpack } = require('./messages.js');

// A child lives for one file. What its young generation grows by is memory that it shares with nobody: up to 48 MB.
const YOUNG = '--max-semi-space-size=4'; // MB

exports.Template = class Template {
  /** Files are to go to another. */
  ended = false;
  /** Whether files have run in it. */
  isWarm = false;
  #process;
  #tasks = new Map();
  #ids = 0;

  constructor(testWorker, setup, sharesCode, onEvent) {
    const own = [...process.execArgv, process.env.NODE_OPTIONS].join(' ');
    const flags = /semi[-_]space/.test(own) ? [] : [YOUNG];
    const color = process.stdout.hasColors?.() ? { FORCE_COLOR: '1' } : {};
    this.#process = fork(path.join(__dirname, 'template-process.js'), [], {
      env: { ...process.env, JEST_WORKER_ID: '1', ...color },
      execArgv: [...process.execArgv.filter((argument) => !/^--(debug|inspect)/.test(argument)), ...flags],
      serialization: 'json', // as jest-worker: what a result loses there, it loses here
      stdio: 'pipe',
    });
    this.#process.stdout.pipe(process.stdout, { end: false });
    this.#process.stderr.pipe(process.stderr, { end: false });
    this.#process.on('message', (message) => {
      if (isCustom(message)) return void onEvent(...unpack(message[1]));
      const task = this.#tasks.get(message?.id);
      if (task === undefined) return; // what a test has sent
      this.#tasks.delete(message.id);
      const { refused } = message;
      const { result, error } = refused ? {} : unpack(JSON.parse(message.text));
      if (refused) task.reject({ refused });
      else if (error) task.reject(error);
      else task.resolve(result);
      if (this.ended && this.#tasks.size === 0) this.stop();
    });
    this.#process.on('error', (error) => this.#end(error.message));
    this.#process.on('exit', (code, signal) =>
      this.#end(signal ? `was ended by ${signal}` : `exited with code ${code}`),
    );
    this.#process.send({ type: 'setup', testWorker, setup, sharesCode, flags }, () => {});
  }

  /** Runs a test file: in a child, or in the template itself. Rejects with what Jest makes of it, or with `refused`: why it cannot fork. */
  run(task, workerId, inTemplate) {
    this.isWarm ||= inTemplate;
    const id = ++this.#ids;
    return new Promise((resolve, reject) => {
      this.#tasks.set(id, { file: path.relative(task.config.rootDir, task.path), inTemplate, resolve, reject });
      this.#process.send({ type: inTemplate ? 'run' : 'fork', id, task, workerId }, () => {});
    });
  }

  /** It ends when what runs has ended. */
  retire() {
    this.ended = true;
    if (this.#tasks.size === 0) this.stop();
  }

  stop() {
    this.#process.kill('SIGKILL');
  }

  #end(how) {
    this.ended = true;
    for (const { file, inTemplate, reject } of this.#tasks.values()) {
      const message = `${file}: the process that ran it ${how}`;
      reject({ message, stack: message, type: 'Error', wasLost: !inTemplate });
    }
    this.#tasks.clear();
  }
};

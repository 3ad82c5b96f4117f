// One template, seen from Jest's process: a worker as Jest's own, that forks a child for a test file instead of running it.
const { fork } = require('node:child_process');
const path = require('node:path');

// What jest-worker's messageParent() sends (PARENT_MESSAGE_CUSTOM): what happens in a test file while it runs.
const CUSTOM = 2;

exports.Template = class Template {
  ended = false;
  #process;
  #tasks = new Map();
  #ids = 0;

  constructor(testWorker, setup, sharesCode, onEvent) {
    const color = process.stdout.hasColors?.() ? { FORCE_COLOR: '1' } : {};
    this.#process = fork(path.join(__dirname, 'template-process.js'), [], {
      env: { ...process.env, JEST_WORKER_ID: '1', ...color },
      execArgv: process.execArgv.filter((argument) => !/^--(debug|inspect)/.test(argument)),
      serialization: 'json', // as jest-worker: what a result loses there, it loses here
      stdio: 'pipe',
    });
    this.#process.stdout.pipe(process.stdout, { end: false });
    this.#process.stderr.pipe(process.stderr, { end: false });
    this.#process.on('message', (message) => {
      if (Array.isArray(message)) return void (message[0] === CUSTOM && onEvent(...message[1]));
      const task = this.#tasks.get(message.id);
      this.#tasks.delete(message.id);
      if (message.error) task.reject(message.error);
      else task.resolve(message.result);
    });
    this.#process.on('error', (error) => this.#end(error.message));
    this.#process.on('exit', (code, signal) =>
      this.#end(signal ? `was ended by ${signal}` : `exited with code ${code}`),
    );
    this.#process.send({ type: 'setup', testWorker, setup, sharesCode }, () => {});
  }

  /** Runs a test file: in a child, or in the template itself. */
  run(task, workerId, inTemplate) {
    const id = ++this.#ids;
    return new Promise((resolve, reject) => {
      this.#tasks.set(id, { file: path.relative(task.config.rootDir, task.path), resolve, reject });
      this.#process.send({ type: inTemplate ? 'run' : 'fork', id, task, workerId }, () => {});
    });
  }

  stop() {
    this.#process.kill('SIGKILL');
  }

  #end(how) {
    this.ended = true;
    for (const { file, reject } of this.#tasks.values()) {
      const message = `${file}: the process that ran it ${how}`;
      reject({ message, stack: message, type: 'Error' });
    }
    this.#tasks.clear();
  }
};

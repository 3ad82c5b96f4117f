// One worker of Vitest's: the process of a test file (or, without isolation, of several), forked from a template, or a fresh one.
import { EventEmitter } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Crash } from './crash.js';

const SIGKILL_AFTER = 500; // ms, as Vitest's own pool has it
const STOPPED = { type: 'stopped', __vitest_worker_response__: true };

export class ForkPoolWorker extends EventEmitter {
  name = 'fork';
  cacheFs = true; // transformed code comes by a file, not by the channel
  #options;
  #templates;
  #template;
  #child;
  #fresh;
  #ended;
  #stopping = false;
  #dead = false;
  #isAskedToStop = false;
  #crash = new Crash();
  #file = 'no test file';

  constructor(options, templates) {
    super();
    this.setMaxListeners(0);
    this.#options = options;
    this.#templates = templates;
  }

  // Vitest starts a worker, and tells it to start what it is for, before it says which files those are. So the process is made at the second.
  async start() {}

  send(message) {
    if (message.type === 'start') return void this.#start(message);
    if (message.type === 'run' || message.type === 'collect') {
      this.#file = message.context.files
        .map(({ filepath }) => path.relative(this.#options.project.config.root, filepath))
        .join(', ');
      // The template's environment was set up with the settings of an earlier run.
      if (this.#child) message.context.config = this.#options.project.serializedConfig;
    }
    const needed = message.r?.externalize;
    if (needed !== undefined) this.#templates.learn(this.#template, needed);
    if (message.type === 'stop') {
      this.#isAskedToStop = true;
      if (this.#dead) setImmediate(() => this.emit('message', STOPPED));
    }
    (this.#child ?? this.#fresh)?.send(message);
  }

  deserialize(message) {
    return message;
  }

  async stop() {
    if (this.#fresh) return this.#fresh.stop();
    if (!this.#child) return;
    this.#stopping = true;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), SIGKILL_AFTER);
    await this.#ended;
    clearTimeout(timer);
  }

  async #start(message) {
    try {
      this.#template = await this.#templates.get(this.#options, message);
      if (this.#template) await this.#fork();
      else await this.#startFresh();
      (this.#child ?? this.#fresh).send(message);
    } catch (error) {
      this.emit('error', error);
    }
  }

  async #fork() {
    let tellEnd;
    this.#ended = new Promise((resolve) => (tellEnd = resolve));
    try {
      this.#child = await this.#template.fork({
        message: (message) => {
          this.#crash.watch(message);
          this.emit('message', message);
        },
        ended: (how) => {
          tellEnd();
          this.#dead = true;
          if (!this.#child || this.#stopping) return;
          if (!this.#template.stopped) void this.#report(`${this.#file}: the process that ran it ${how}`);
          else if (this.#isAskedToStop) this.emit('message', STOPPED); // it may not have come to say so
        },
      });
    } catch (error) {
      this.#templates.refused(error);
      await this.#startFresh();
    }
  }

  async #report(reason) {
    const messages = this.#crash.report(reason);
    if (messages === undefined) return void this.emit('error', new Error(reason));
    for (const message of messages) {
      this.emit('message', message);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  // What Vitest itself would do with pool: 'forks'.
  async #startFresh() {
    const { ForksPoolWorker } = await import(pathToFileURL(path.join(this.#options.distPath, 'node.js')));
    const fresh = new ForksPoolWorker(this.#options);
    await fresh.start();
    for (const event of ['message', 'error', 'exit']) fresh.on(event, (value) => this.emit(event, value));
    this.#fresh = fresh;
  }
}

// One template, seen from Vitest's process: how does it start, fork, learn and end?
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openChannel } from './channel.js';
import { whatSetupFilesDo } from './setup-files.js';

const PROGRAM = new URL('template-process.js', import.meta.url);

export class Template {
  /** Why it is of no use any more. */
  broken;
  /** Names of what setup files change, once they are known. */
  watched;
  live = 0;
  #process;
  #directory = mkdtempSync(path.join(tmpdir(), 'vitest-pool-fork-'));
  #server;
  #ids = 0;
  #waiting = new Map(); // of children: what becomes of them
  #asked = new Set();
  #toLearn = [];
  #learning = false;

  /**
   * @param options - what the process is started with: `env`, `execArgv`, `dist`, `start` (undefined: without an environment)
   * @param learned - of lib/learned.js
   */
  constructor(options, learned, streams) {
    this.learned = learned;
    const socketPath = path.join(this.#directory, 'socket');
    this.#server = createServer((socket) => this.#accept(socket)).listen(socketPath);
    const { env, execArgv, dist, start } = options;
    this.#process = fork(PROGRAM, [], { env, execArgv, stdio: 'pipe', serialization: 'advanced' });
    this.#process.stdout.pipe(streams.stdout, { end: false });
    this.#process.stderr.pipe(streams.stderr, { end: false });
    this.ready = new Promise((resolve, reject) => {
      this.#process.on('message', (message) => {
        if (message.type !== 'ready') this.#hear(message);
        else if (this.broken) reject(new Error(this.broken));
        else resolve(message);
      });
      this.#process.on('error', (error) => this.#end(error.message, reject));
      this.#process.on('exit', (code, signal) => {
        this.#end(signal ? `was ended by ${signal}` : `exited with code ${code}`, reject);
      });
    });
    this.ready.catch(() => {});
    const preload = start === undefined ? [] : learned.preload;
    for (const url of [...preload, ...learned.left]) this.#asked.add(url);
    if (start !== undefined) for (const url of [...learned.untried]) this.learn(url);
    this.#process.send({ dist, socketPath, start, preload }, () => {});
  }

  /** Forks a child for `worker`, an object with the functions `message`, `ended` and `refused`. Returns what sends to it, and ends it. */
  async fork(worker) {
    const { warm } = await this.ready;
    const id = ++this.#ids;
    // The first one tells what setup files change: nothing is imported before that is known.
    const look = warm && id === 1;
    this.live++;
    return new Promise((resolve, reject) => {
      const kill = (signal) => this.#process.send({ type: 'kill', id, signal }, () => {});
      this.#waiting.set(id, {
        message: worker.message,
        connected: (send) => resolve({ send, kill }),
        ended: (how) => (reject(new Error(how)), worker.ended(how)),
      });
      this.#process.send({ type: 'fork', id, look }, () => {});
    });
  }

  /** A test file needed this: the template imports it, for the next. */
  learn(url) {
    if (this.#asked.has(url) || this.broken) return;
    this.#asked.add(url);
    this.learned.want(url);
    this.#toLearn.push(url);
    this.#learn();
  }

  stop() {
    this.broken ??= 'stopped';
    if (this.#toLearn.length > 0 || this.#learning) this.learned.save();
    this.#process.disconnect?.();
    this.#process.kill('SIGKILL');
  }

  #learn() {
    if (this.watched === undefined || this.#learning || this.#toLearn.length === 0) return;
    this.#learning = true;
    this.#process.send({ type: 'learn', urls: this.#toLearn.splice(0), watched: this.watched }, () => {});
  }

  #accept(socket) {
    let child;
    const send = openChannel(socket, (message) => {
      if (child !== undefined) {
        if (message.type === 'posix-fork:changed') this.#setupChanges(message.changes);
        else child.message(message);
        return;
      }
      child = this.#waiting.get(message);
      child?.connected(send);
    });
  }

  #setupChanges(changes) {
    const { watched, unseen } = whatSetupFilesDo(changes);
    if (unseen) this.learned.drop();
    else if (!this.learned.watch(watched)) this.broken ??= 'setup files change other things than before';
    else this.watched = watched;
    this.#learn();
  }

  #hear(message) {
    if (message.type === 'ended' || message.type === 'refused') {
      const child = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      this.live--;
      if (message.type === 'refused') this.broken ??= message.reason;
      child?.ended(message.how ?? message.reason);
    }
    if (message.type === 'failed') {
      this.broken ??= message.reason;
      this.learned.leave(message.url);
    }
    if (message.type === 'learned') {
      this.learned.add(message);
      this.#learning = false;
      this.#learn();
    }
    if (this.broken && this.live === 0) this.stop();
  }

  #end(how, reject) {
    this.broken ??= `the template ${how}`;
    reject(new Error(this.broken));
    for (const child of this.#waiting.values()) child.ended(`ended with its template, which ${how}`);
    this.#waiting.clear();
    this.#server.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

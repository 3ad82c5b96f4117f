// One template, seen from Vitest's process: a fork server, and what it learns while test files run.
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import v8 from 'node:v8';
import posix from 'posix-fork';
import { whatSetupFilesDo } from './setup-files.js';

const SETUP = new URL('template-setup.js', import.meta.url);

export class Template {
  /** Why it is of no use any more. */
  broken;
  /** Whether it was ended, and its children with it: Vitest is at its end. */
  stopped = false;
  /** Names of what setup files change, once they are known. */
  watched;
  live = 0;
  #server;
  #end = new AbortController();
  #isFirst = true;
  #asked = new Set();
  #toLearn = [];
  #imported = []; // since it has started
  #learning = false;

  /**
   * @param options - what the process is started with: `env`, `execArgv`, `dist`, `start` (undefined: without an environment)
   * @param learned - of lib/learned.js
   */
  constructor({ env, execArgv, dist, start }, learned, streams) {
    this.learned = learned;
    const preload = start === undefined ? [] : learned.preload;
    const settings = v8.serialize({ dist, start, preload }).toString('base64');
    const pipes = [posix.pipe(), posix.pipe()];
    this.#server = posix.forkServer(SETUP, {
      args: [settings],
      env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
      execArgv,
      stdio: ['ignore', pipes[0][1], pipes[1][1]],
      signal: this.#end.signal,
    });
    [streams.stdout, streams.stderr].forEach((stream, i) => {
      const [readFd, writeFd] = pipes[i];
      closeSync(writeFd);
      new Socket({ fd: readFd, readable: true, writable: false }).pipe(stream, { end: false });
    });
    this.#server.then(
      ({ ended }) => ended.then((status) => (this.broken ??= `the template ${howOf(status)}`)),
      (error) => {
        this.broken ??= error.message;
        if (error.url !== undefined) learned.leave(error.url);
      },
    );
    for (const url of [...preload, ...learned.left]) this.#asked.add(url);
    if (start !== undefined) for (const url of [...learned.untried]) this.learn(url);
  }

  /** Forks a child for `worker`, an object with the functions `message` and `ended`. Returns what sends to it, and ends it. */
  async fork(worker) {
    const server = await this.#server;
    // The first one tells what setup files change: nothing is imported before that is known.
    const look = this.#isFirst;
    this.#isFirst = false;
    this.live++;
    try {
      const child = await server.fork(['work', look], { port: true });
      child.port.on('message', (bytes) => {
        const message = v8.deserialize(bytes);
        if (message.type === 'posix-fork:changed') this.#setupChanges(message.changes);
        else worker.message(message);
      });
      child.port.once('close', () => {
        child.status.then(
          (status) => this.#ended(worker, howOf(status)),
          ({ status, message }) =>
            this.#ended(worker, status ? `ended with its template, which ${howOf(status)}` : message),
        );
      });
      return { send: (message) => child.port.postMessage(v8.serialize(message)), kill: (signal) => child.kill(signal) };
    } catch (error) {
      this.broken ??= error.message;
      if (error.code === 'ERR_FORK_THREADS') for (const url of this.#imported) this.learned.leave(url);
      this.#ended();
      throw error;
    }
  }

  /** A test file needed this: the template imports it, for the next. */
  learn(url) {
    if (this.#asked.has(url) || this.broken) return;
    this.#asked.add(url);
    this.learned.want(url);
    this.#toLearn.push(url);
    void this.#learn();
  }

  stop() {
    this.broken ??= 'stopped';
    this.stopped = true;
    if (this.#toLearn.length > 0 || this.#learning) this.learned.save();
    this.#end.abort();
  }

  async #learn() {
    if (this.watched === undefined || this.#learning || this.#toLearn.length === 0 || this.broken) return;
    this.#learning = true;
    const urls = this.#toLearn.splice(0);
    const harmless = [];
    const left = [];
    try {
      const server = await this.#server;
      for (let rest = urls; rest.length > 0; rest = urls.slice(harmless.length + left.length)) {
        const count = await this.#try(server, rest);
        harmless.push(...rest.slice(0, count));
        left.push(...rest.slice(count, count + 1));
      }
      this.#imported.push(...harmless);
      await server.import(harmless);
      this.learned.add({ harmless, left });
    } catch (error) {
      if (this.broken) return; // it is gone
      this.broken = error.message;
      for (const url of harmless) this.learned.leave(url);
    }
    this.#learning = false;
    void this.#learn();
  }

  /** How many of them can be imported before one does something; none if the child ended over them. */
  async #try(server, urls) {
    const child = await server.fork(['try', urls, this.watched]);
    return child.result.catch(async () => {
      await child.status; // or the template is gone
      return 0;
    });
  }

  #setupChanges(changes) {
    const { watched, unseen } = whatSetupFilesDo(changes);
    if (unseen) this.learned.drop();
    else if (!this.learned.watch(watched)) this.broken ??= 'setup files change other things than before';
    else this.watched = watched;
    void this.#learn();
  }

  #ended(worker, how) {
    this.live--;
    worker?.ended(how);
    if (this.broken && this.live === 0) this.stop();
  }
}

function howOf({ state, code, signal }) {
  return state === 'exited' ? `exited with code ${code}` : `was ended by ${signal}`;
}

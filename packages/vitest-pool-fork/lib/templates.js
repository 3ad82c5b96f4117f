// Which template does a worker get? One for each project, environment and set of what a process is started with.
import { createRequire } from 'node:module';
import { LearnedFile } from './learned.js';
import { shareable } from './shareable.js';
import { Template } from './template.js';

const { version } = createRequire(import.meta.url)('../package.json');
// Each is a process with what its project needs in it.
const AT_MOST = 4;
// What a profiler or a debugger of a whole process is for begins when the process does.
const WHOLE_PROCESS = /^--(cpu-prof|heap-prof|prof|inspect)/;
const ENVIRONMENTS = ['node', 'jsdom', 'happy-dom', 'edge-runtime'];

export class Templates {
  #leave;
  #templates = new Map(); // the least recently used first
  #files = new Map();
  #reasons = new Map(); // why test files ran in fresh processes: how many
  #prepared = new WeakSet();

  constructor(leave) {
    this.#leave = leave;
  }

  /** Undefined: a fresh process it must be. */
  async get({ project, distPath: dist, env, execArgv }, start) {
    this.#prepare(project);
    const flag = execArgv.find((argument) => WHOLE_PROCESS.test(argument));
    if (flag !== undefined) return this.#freshBecause(flag);
    const { environment, config } = start.context;
    const known = ENVIRONMENTS.includes(environment.name) && !start.traces.enabled;
    const { root, environmentOptions, serializedDefines, chaiConfig, experimental } = config;
    const settings = [
      root,
      environmentOptions,
      serializedDefines,
      chaiConfig,
      experimental,
      config.disableConsoleIntercept,
    ];
    const key = JSON.stringify([project.name, environment, settings, execArgv, env, dist]);
    let template = this.#templates.get(key);
    if (template?.broken) template = undefined;
    if (!template) {
      const learned = this.#learnedOf(project, `${project.name}:${JSON.stringify(environment)}`);
      const { logger } = project.vitest;
      const streams = { stdout: logger.outputStream, stderr: logger.errorStream };
      template = new Template({ env, execArgv, dist, start: known ? start : undefined }, learned, streams);
    }
    this.#templates.delete(key);
    this.#templates.set(key, template);
    for (const [old, { live }] of this.#templates) {
      if (this.#templates.size <= AT_MOST) break;
      if (live > 0 || old === key) continue;
      this.#templates.get(old).stop();
      this.#templates.delete(old);
    }
    return template;
  }

  learn(template, url) {
    if (template === undefined || this.#leave.some((text) => url.includes(text))) return;
    const shared = shareable(url);
    if (shared !== undefined) template.learn(shared);
  }

  refused({ message }) {
    this.#freshBecause(message);
  }

  #freshBecause(reason) {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  #learnedOf(project, key) {
    const { cacheDir } = project.vite.config;
    if (!this.#files.has(cacheDir)) {
      const versions = [process.version, project.vitest.version, version];
      this.#files.set(cacheDir, new LearnedFile(project.config.root, cacheDir, versions));
    }
    return this.#files.get(cacheDir).of(key);
  }

  #prepare({ vitest }) {
    if (this.#prepared.has(vitest)) return;
    this.#prepared.add(vitest);
    vitest.onClose(() => {
      for (const template of this.#templates.values()) template.stop();
    });
    vitest.reporters?.push({ onTestRunEnd: () => this.#summarize(vitest.logger) });
  }

  #summarize(logger) {
    for (const [reason, count] of this.#reasons) {
      logger.error(`vitest-pool-fork: ${count} of the test files ran in a fresh process: ${reason}`);
    }
    this.#reasons.clear();
  }
}

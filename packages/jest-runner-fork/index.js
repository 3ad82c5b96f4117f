// A runner for Jest's `runner` option: Jest's own, but for where a test file's process comes from.
const { existsSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { default: TestRunner } = require('jest-runner');
const { Template } = require('./lib/template.js');

// What Jest's own workers run.
const testWorker = path.join(path.dirname(require.resolve('jest-runner')), 'testWorker.js');
// One file in so many runs in the template, unless the option `warmFiles` says how many.
const ONE_IN = 10;

module.exports = class ForkRunner extends TestRunner {
  #listeners = new Map();
  #setup;
  #template;
  #over = false;

  on(event, listener) {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    const off = super.on(event, listener);
    return () => {
      listeners.delete(listener);
      off();
    };
  }

  async runTests(tests, watcher, options) {
    const why = this.#whyNot();
    if (options.serial || why) {
      if (!options.serial)
        console.error(`jest-runner-fork: ${tests.length} test files ran in Jest's own workers: ${why}`);
      return super.runTests(tests, watcher, options);
    }
    this.#setup = setupOf(tests);
    const interrupted = new Promise((resolve) => {
      watcher.on('change', (state) => state.interrupted && resolve());
    });
    try {
      await Promise.race([this.#runAll(tests, watcher), interrupted]);
    } finally {
      this.#over = true;
      this.#template?.stop();
    }
  }

  #whyNot() {
    if (this._globalConfig.workerThreads) return 'workerThreads is set';
    return existsSync(testWorker) ? undefined : `this version of jest-runner has no ${testWorker}`;
  }

  async #runAll(tests, watcher) {
    // Some run in the template itself, as all do in a worker of Jest's: what they make warm is warm in those that are forked afterwards.
    const first = new Set(warmFilesOf(tests, this._options?.warmFiles));
    const others = tests.filter((test) => !first.has(test));
    const warm = [...first];
    const lane = async (_, n) => {
      // The first lane has those that run in the template. Its children are forked in between.
      for (let test; n === 0 && (test = warm.shift()) !== undefined;) await this.#run(test, watcher, 1, true);
      for (let test; (test = others.shift()) !== undefined;) await this.#run(test, watcher, n + 1, false);
    };
    await Promise.all(Array.from({ length: this._globalConfig.maxWorkers }, lane));
  }

  async #run(test, watcher, workerId, inTemplate) {
    if (this.#over || watcher.isInterrupted()) return;
    await this.#emit('test-file-start', [test]);
    try {
      if (!this.#template || this.#template.ended) {
        const { collectCoverage, coverageProvider } = this._globalConfig;
        // Of code that was compiled before, V8 does not count which blocks run.
        const sharesCode = !(collectCoverage && coverageProvider === 'v8');
        this.#template = new Template(
          testWorker,
          this.#setup,
          sharesCode,
          (event, args) => void this.#emit(event, args),
        );
      }
      const result = await this.#template.run(this.#taskOf(test), workerId, inTemplate);
      await this.#emit('test-file-success', [test, result]);
    } catch ({ message, stack, code, type }) {
      // As Jest's own workers: an error without a class.
      if (!this.#over) await this.#emit('test-file-failure', [test, { message, stack, code, type }]);
    }
  }

  #taskOf({ path, context: { config } }) {
    const { changedFiles, sourcesRelatedToTestsInChangedFiles: sources } = this._context;
    const context = {
      ...this._context,
      changedFiles: changedFiles && [...changedFiles],
      sourcesRelatedToTestsInChangedFiles: sources && [...sources],
    };
    return { config, context, globalConfig: this._globalConfig, path };
  }

  async #emit(event, args) {
    await Promise.all([...(this.#listeners.get(event) ?? [])].map((listener) => listener(args)));
  }
};

/** One of each environment, which takes longest to load, and others from all over. */
function warmFilesOf(tests, count) {
  const environments = new Map();
  for (const test of tests) {
    const name = /@jest-environment\s+(\S+)/.exec(readFileSync(test.path, 'utf8'))?.[1];
    const key = `${test.context.config.id} ${name}`;
    if (!environments.has(key)) environments.set(key, test);
  }
  const number = count ?? Math.max(environments.size, Math.ceil(tests.length / ONE_IN));
  const spread = Array.from({ length: number }, (_, n) => tests[Math.floor((n * tests.length) / number)]);
  return [...new Set([...environments.values(), ...spread])].slice(0, number);
}

/** What Jest tells each of its workers first. */
function setupOf(tests) {
  const resolvers = new Map();
  for (const { context } of tests) {
    const { config, moduleMap } = context;
    if (!resolvers.has(config.id)) resolvers.set(config.id, { config, serializableModuleMap: moduleMap.toJSON() });
  }
  return { serializableResolvers: [...resolvers.values()] };
}

// A runner for Jest's `runner` option: Jest's own, but for where a test file's process comes from.
const { existsSync, readFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { default: TestRunner } = require('jest-runner');
const { Template } = require('./lib/template.js');

// What tells Jest's own runner's listeners, too: their calls look the same in the stacks of errors.
const Emittery = createRequire(require.resolve('jest-runner'))('emittery');
// What Jest's own workers run.
const testWorker = path.join(path.dirname(require.resolve('jest-runner')), 'testWorker.js');
// One file in so many runs in the template, unless the option `warmFiles` says how many.
const ONE_IN = 10;

module.exports = class ForkRunner extends TestRunner {
  #events = new Emittery();
  #setup;
  #template;
  #templates = new Set(); // those that have been replaced, too
  #coldOnly = false; // no more files run in templates
  #lost = [];
  #refusals = new Map(); // why files ran in processes of their own: how many
  #over = false;

  on(event, listener) {
    const offs = [this.#events.on(event, listener), super.on(event, listener)];
    return () => {
      for (const off of offs) off();
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
      for (const template of this.#templates) template.stop();
    }
    for (const [why, count] of this.#refusals)
      console.error(`jest-runner-fork: ${count} of the test files ran in fresh processes: ${why}`);
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
    // Each by itself: if one of them ends the template again, it was that one.
    for (const test of this.#lost) if (!this.#isOver(watcher)) await this.#runIn(this.#living(), test, 1, false);
  }

  #isOver(watcher) {
    return this.#over || watcher.isInterrupted();
  }

  async #run(test, watcher, workerId, inTemplate) {
    if (this.#isOver(watcher)) return;
    await this.#events.emit('test-file-start', [test]);
    await this.#runIn(this.#living(), test, workerId, inTemplate && !this.#coldOnly);
  }

  #runIn(template, test, workerId, inTemplate) {
    return template.run(this.#taskOf(test), workerId, inTemplate).then(
      (result) => this.#events.emit('test-file-success', [test, result]),
      ({ message, stack, code, type, wasLost, refused }) => {
        if (this.#over) return undefined;
        if (refused) return this.#runElsewhere(refused, template, test, workerId);
        // The template ended, which runs another file at most: this one did nothing.
        if (wasLost && !this.#lost.includes(test)) return void this.#lost.push(test);
        // As Jest's own workers: an error without a class.
        return this.#events.emit('test-file-failure', [test, { message, stack, code, type }]);
      },
    );
  }

  // The template could not fork. A file that ran in it may have left a thread: then another will do, in which none runs.
  async #runElsewhere(why, template, test, workerId) {
    if (template.isWarm) {
      this.#coldOnly = true;
      template.retire();
      return this.#runIn(this.#living(), test, workerId, false);
    }
    this.#refusals.set(why, (this.#refusals.get(why) ?? 0) + 1);
    const own = this.#newTemplate();
    await this.#runIn(own, test, workerId, true);
    own.retire();
  }

  #living() {
    if (!this.#template || this.#template.ended) this.#template = this.#newTemplate();
    return this.#template;
  }

  #newTemplate() {
    const { collectCoverage, coverageProvider } = this._globalConfig;
    // Of code that was compiled before, V8 does not count which blocks run.
    const sharesCode = !(collectCoverage && coverageProvider === 'v8');
    const onEvent = (event, args) => void this.#events.emit(event, args);
    const template = new Template(testWorker, this.#setup, sharesCode, onEvent);
    this.#templates.add(template);
    return template;
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
};

/** One of each environment, which takes longest to load, and others from all over. */
function warmFilesOf(all, count) {
  const tests = count === undefined ? withoutSlow(all) : all;
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

// No child is forked while a file runs in the template, so none runs there that took much longer than others the last time.
function withoutSlow(tests) {
  const known = tests.flatMap(({ duration }) => duration ?? []).sort((a, b) => a - b);
  const median = known[known.length >> 1] ?? 0;
  return tests.filter(({ duration = median }) => duration <= 2 * median);
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

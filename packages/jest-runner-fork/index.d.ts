import TestRunner from 'jest-runner';

/**
 * A runner for Jest's option `runner`. Each test file runs in a process of its own, forked from a worker that is warm: some of the files
 * (`warmFiles`, by default one in ten) have run in it.
 *
 * @example
 * ```js
 * module.exports = { runner: 'jest-runner-fork' };
 * module.exports = { runner: ['jest-runner-fork', { warmFiles: 0 }] };
 * ```
 */
declare class ForkRunner extends TestRunner {}
export = ForkRunner;

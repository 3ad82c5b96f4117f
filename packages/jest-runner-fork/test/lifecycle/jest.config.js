// With a limit of memory Jest does not run few and fast files in its own process.
const { WARM_FILES = '0' } = process.env;

module.exports = {
  maxWorkers: 2,
  runner: ['jest-runner-fork', { warmFiles: WARM_FILES === 'by itself' ? undefined : Number(WARM_FILES) }],
  testSequencer: '<rootDir>/by-name.js',
  workerIdleMemoryLimit: '4GB',
};

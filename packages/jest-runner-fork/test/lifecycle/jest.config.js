// With a limit of memory Jest does not run few and fast files in its own process.
module.exports = {
  maxWorkers: 2,
  runner: ['jest-runner-fork', { warmFiles: Number(process.env.WARM_FILES ?? 0) }],
  testSequencer: '<rootDir>/by-name.js',
  workerIdleMemoryLimit: '4GB',
};

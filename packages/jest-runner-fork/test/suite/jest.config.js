const { POOL = 'fork' } = process.env;

module.exports = {
  maxWorkers: 2,
  workerIdleMemoryLimit: '4GB', // with a limit, Jest does not run few and fast files in its own process
  runner: POOL === 'fork' ? 'jest-runner-fork' : 'jest-runner',
  reporters: ['default', '<rootDir>/reporter.js'],
  setupFiles: ['<rootDir>/setup.js'],
  testMatch: ['<rootDir>/tests/*.test.js'],
  collectCoverageFrom: ['src/**'],
  coverageReporters: ['json'],
};

// The packages that the suite imports: what each does as it is imported.
export const PACKAGES = {
  plain: { 'index.js': `module.exports = { count: 0 };` },
  'keeps-console': { 'index.js': `module.exports = console.log.bind(console);` },
  'sees-document': { 'index.js': `module.exports = typeof document !== 'undefined';` },
  'sets-things': {
    'index.js': `globalThis.setByAPackage = 1;
Object.defineProperty(Array.prototype, 'extra', { value: 1, configurable: true });
process.env.SET_BY_A_PACKAGE = '1';
process.on('SIGUSR2', () => {});`,
  },
  translates: {
    'index.js': `module.exports = { name: 'English' };`,
    'german.js': `require('./index.js').name = 'German';`,
  },
  asks: {
    'index.js': `module.exports = {
  global: globalThis.setByASetupFile,
  variable: process.env.SET_BY_A_SETUP_FILE,
  pid: process.pid,
  worker: process.env.VITEST_POOL_ID,
};`,
  },
  'asks-hooks': { 'index.js': `module.exports = typeof afterEach;` },
  'starts-a-thread': {
    'index.js': `const { Worker } = require('node:worker_threads');
new Worker('setInterval(() => {}, 1000)', { eval: true }).unref();`,
  },
  throws: { 'index.js': `throw new Error('at import');` },
};

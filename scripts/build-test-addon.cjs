'use strict';
// Who builds the native addon that the tests use? The test command, if its source is newer than what was built.
const { existsSync, statSync } = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { environment } = require('./node-headers.cjs');

const dir = path.resolve(__dirname, '../test/helpers/native-threads');
const built = path.join(dir, 'build/Release/native_threads.node');
const changed = (file) => statSync(file).mtimeMs;
if (existsSync(built) && changed(built) > changed(path.join(dir, 'native_threads.cc'))) process.exit(0);

const { status, error } = spawnSync('node-gyp', ['rebuild', '--silent', '-C', dir], {
  env: environment(),
  stdio: 'inherit',
});
if (error) console.error(`posix-fork: cannot run node-gyp: ${error.message}`);
process.exit(status ?? 1);

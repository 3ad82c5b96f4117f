'use strict';
// Who builds the addon where no prebuilt one works? npm, as it installs the package.
const { spawnSync } = require('node:child_process');
const { environment } = require('./node-headers.cjs');

if (process.platform !== 'linux') process.exit(0); // importing works elsewhere, calling throws: see lib/sys/native.ts

// A source checkout builds with the native compiler's output in the way; --rebuild skips the look for a usable binary.
const builder = process.argv.includes('--rebuild')
  ? { file: 'node-gyp', args: ['rebuild'] }
  : { file: process.execPath, args: [require.resolve('node-gyp-build/bin.js')] };
const { status, error } = spawnSync(builder.file, builder.args, {
  env: environment(),
  stdio: 'inherit',
});
if (error) console.error(`posix-fork: cannot run ${builder.file}: ${error.message}`);
if (status !== 0) {
  const { glibcVersionRuntime } = process.report.getReport().header;
  const here = `linux-${process.arch} with ${glibcVersionRuntime ? `glibc ${glibcVersionRuntime}` : 'musl'}`;
  console.error(`posix-fork: no prebuilt addon works on ${here}, and it could not be built from source, for which a C++17
compiler, make and Python 3 are needed (Debian: apt-get install g++ make python3; Alpine: apk add build-base python3
linux-headers). See docs/platforms.md.`);
}
process.exit(status ?? 1);

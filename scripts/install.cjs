'use strict';
// How does the addon get built where nothing may be downloaded?
//
// node-gyp fetches Node's headers unless it is told where they lie. If the user configured `nodedir`, that holds;
// otherwise the headers beside the running binary (`<prefix>/include/node`, where every official build has them) do.
const { existsSync } = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');

if (process.platform !== 'linux') process.exit(0); // importing works elsewhere, calling throws: see lib/native.ts

const prefix = path.resolve(process.execPath, '../..');
const env = { ...process.env };
if (!env.npm_config_nodedir && existsSync(path.join(prefix, 'include/node/node_api.h'))) {
  env.npm_config_nodedir = prefix;
}
// A source checkout builds with the native compiler's output in the way; --rebuild skips the look for a usable binary.
const builder = process.argv.includes('--rebuild')
  ? { file: 'node-gyp', args: ['rebuild'] }
  : { file: process.execPath, args: [require.resolve('node-gyp-build/bin.js')] };
const { status, error } = spawnSync(builder.file, builder.args, { env, stdio: 'inherit' });
if (error) console.error(`posix-fork: cannot run ${builder.file}: ${error.message}`);
if (status !== 0) {
  const { glibcVersionRuntime } = process.report.getReport().header;
  const here = `linux-${process.arch} with ${glibcVersionRuntime ? `glibc ${glibcVersionRuntime}` : 'musl'}`;
  console.error(`posix-fork: no prebuilt addon works on ${here}, and it could not be built from source, for which a C++17
compiler, make and Python 3 are needed (Debian: apt-get install g++ make python3; Alpine: apk add build-base python3
linux-headers). See docs/platforms.md.`);
}
process.exit(status ?? 1);

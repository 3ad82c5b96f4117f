'use strict';
// Is the C++ formatted? `--check` says; without it, it is made so.
const { spawnSync } = require('node:child_process');
const { readdirSync } = require('node:fs');

const files = ['native', 'test']
  .flatMap((root) => readdirSync(root, { recursive: true }).map((file) => `${root}/${file}`))
  .filter((file) => /\.(cc|h)$/.test(file) && !file.includes('/build/'));
const mode = process.argv.includes('--check') ? ['--dry-run', '--Werror'] : ['-i'];
const { status } = spawnSync(process.execPath, [require.resolve('clang-format'), ...mode, ...files], {
  stdio: 'inherit',
});
process.exit(status ?? 1);

// Is the reap table free of data races? Builds its C++ tests as a plain program under ThreadSanitizer and runs them, with
// pidfds and without. Arguments: how many times as long (default 1).
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const program = path.join(root, 'build/test/table_test_tsan');
mkdirSync(path.dirname(program), { recursive: true });

run(process.env.CXX ?? 'g++', [
  ...['-std=c++17', '-O1', '-g', '-Wall', '-Wextra', '-Werror', '-fsanitize=thread', '-pthread'],
  ...['-I', 'native', 'native/reap/table.cc', 'native/reap/kernel.cc', 'test/native/table_test.cc', '-o', program],
]);
// ThreadSanitizer wants a fixed layout of addresses; kernels of 2023 and later randomise more than it can take.
for (const without of ['', 'no-pidfd', 'no-exit-info']) {
  run('setarch', ['-R', program, ...process.argv.slice(2, 3)], {
    POSIX_FORK_REAP: without,
    TSAN_OPTIONS: 'halt_on_error=1',
  });
}

function run(file, args, env = {}) {
  const { status, signal, error } = spawnSync(file, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  if (status === 0) return;
  console.error(`${path.basename(file)} failed: ${error?.message ?? signal ?? status}`);
  process.exit(1);
}

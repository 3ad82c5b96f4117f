// Does the native code, as it is shipped, read only what was written, and free what it took? One walk through it under
// valgrind, with the children that it forks; reports in which posix_fork.node takes part are failures.
//
// valgrind 3.19 has no pidfd_open: this is the code that waits without. V8's JIT is off: valgrind need not follow its code.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

const EXPECTED = 'exited,exited,exited,exited,stopped,signaled,5,true,exited,exited\n';
const root = path.join(import.meta.dirname, '..');
const reports = path.join(root, 'build/valgrind');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const { pid, status, signal, error, stdout } = spawnSync(
  'valgrind',
  [
    ...['--leak-check=full', '--show-leak-kinds=definite,indirect', '--num-callers=40', `--log-file=${reports}/%p`],
    ...[process.execPath, '--jitless', '--no-warnings', path.join(root, 'test/helpers/tour.cjs')],
  ],
  { encoding: 'utf8', timeout: 180_000, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'inherit'] },
);
const files = readdirSync(reports);
// Without the process ids at the beginning of each line, what is between two empty lines is one report.
const ours = files.flatMap((file) =>
  readFileSync(path.join(reports, file), 'utf8')
    .replace(/^==\d+== ?/gm, '')
    .split('\n\n')
    .filter((paragraph) => /^ +(at|by) .*posix_fork\.node/m.test(paragraph))
    // posix_spawn is a fork under valgrind, and its child, which lacks V8's heap, seems to have lost what the heap refers to.
    .filter((paragraph) => Number(file) === pid || !/ (definitely|indirectly) lost /.test(paragraph)),
);
for (const paragraph of new Set(ours)) console.error(`${paragraph.split('\n').slice(0, 16).join('\n')}\n`);
const ran = status === 0 && stdout === EXPECTED;
if (!ran) console.error(`the program failed: ${error?.message ?? signal ?? status}\n${stdout}`);
console.log(`valgrind: ${files.length} processes, ${ours.length} reports about the addon`);
if (!ran || ours.length > 0 || files.length < 2) process.exitCode = 1;

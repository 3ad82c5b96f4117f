// What works here, what does not, and why? The facts behind `posix-fork doctor`.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { native, unsupported } from '../sys/native.js';
import { support, type SupportReport } from './support.js';

/** @internal */
export interface Diagnosis {
  /** Whether a full fork works: the support that was found, and the one that was tried. */
  ok: boolean;
  runtime: { node: string; arch: string; libc: string; kernel: string; package: string };
  support: SupportReport;
  kernel: { pidfd: boolean; pidfdGetInfo: boolean };
  /** One fork, in a process of its own. */
  fork: { ok: true; milliseconds: number } | { ok: false; error: string };
}

const TRY_DEADLINE = 20_000;
// Waits as everybody does, and prints how long it took until fork() had returned in the parent.
const TRY = `
  const posix = require(process.argv[1]);
  const start = performance.now();
  const pid = posix.fork();
  if (pid === 0) setImmediate(() => posix._exit(42));
  else {
    const milliseconds = performance.now() - start;
    posix.waitpid(pid).then((status) => {
      if (status.state !== 'exited' || status.code !== 42) throw new Error('the child ended with ' + JSON.stringify(status));
      console.log(JSON.stringify(milliseconds));
    });
  }`;

/** @internal */
export function diagnose(): Diagnosis {
  const found = support();
  const fork = tryFork();
  return {
    ok: found.fork === 'full' && fork.ok,
    runtime: {
      node: process.version,
      arch: process.arch,
      libc: libcVersion(),
      kernel: os.release(),
      package: packageVersion(),
    },
    support: found,
    kernel: unsupported === undefined ? native.kernelSupport() : { pidfd: false, pidfdGetInfo: false },
    fork,
  };
}

function tryFork(): Diagnosis['fork'] {
  if (unsupported !== undefined) return { ok: false, error: unsupported };
  const { status, signal, stdout, stderr, error } = spawnSync(
    process.execPath,
    ['-e', TRY, path.join(__dirname, '../index.js')],
    { encoding: 'utf8', timeout: TRY_DEADLINE, killSignal: 'SIGKILL' },
  );
  if (error) return { ok: false, error: error.message };
  if (status === 0) return { ok: true, milliseconds: Number(stdout) };
  const end = signal === null ? `it exited with code ${status}` : `it was ended by ${signal}`;
  return { ok: false, error: stderr.match(/^\w*Error.*/m)?.[0] ?? end };
}

function libcVersion(): string {
  // Only glibc says its version there.
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined ? 'not glibc' : `glibc ${header.glibcVersionRuntime}`;
}

function packageVersion(): string {
  const file = path.join(__dirname, '../../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

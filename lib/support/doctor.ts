// What works here, what does not, and why? The facts behind `posix-fork doctor`.
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { native, unsupported } from '../sys/native.js';
import { support, type SupportReport } from './support.js';
import { type Trial, tryFork } from './trial.js';

/** @internal */
export interface Diagnosis {
  /** Whether a full fork works: the support that was found, and the one that was tried. */
  ok: boolean;
  runtime: { node: string; arch: string; libc: string; kernel: string; package: string };
  support: SupportReport;
  kernel: { pidfd: boolean; pidfdGetInfo: boolean };
  /** One fork, in a process of its own. */
  fork: Trial;
}

/** @internal */
export function diagnose(): Diagnosis {
  const found = support();
  const fork: Trial = unsupported === undefined ? tryFork() : { ok: false, error: unsupported, tried: false };
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

function libcVersion(): string {
  // Only glibc says its version there.
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined ? 'not glibc' : `glibc ${header.glibcVersionRuntime}`;
}

function packageVersion(): string {
  const file = path.join(__dirname, '../../package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

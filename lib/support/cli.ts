#!/usr/bin/env node
// What works here, asked from a shell? The command `posix-fork doctor [--json]`.
import { parseArgs } from 'node:util';
import type { SupportFact } from '../node/facts.js';
import { type Diagnosis, diagnose } from './doctor.js';

const USAGE = `Usage: posix-fork doctor [--json]

Tells what posix-fork can do in this runtime, and tries one fork.
Exit status: 0: a full fork works; 1: it does not; 2: wrong usage.`;

const EXIT_DEGRADED = 1;
const EXIT_USAGE = 2;

function main(): number {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (error) {
    console.error(`posix-fork: ${(error as Error).message}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (positionals.length !== 1 || positionals[0] !== 'doctor') {
    console.error(USAGE);
    return EXIT_USAGE;
  }
  const diagnosis = diagnose();
  console.log(values.json ? JSON.stringify(diagnosis, null, 2) : toText(diagnosis));
  return diagnosis.ok ? 0 : EXIT_DEGRADED;
}

function toText({ ok, runtime, support, kernel, fork }: Diagnosis): string {
  const { spawn, largePages } = support;
  const lines = [
    `posix-fork ${runtime.package}, Node.js ${runtime.node} (${runtime.arch}, ${runtime.libc}), Linux ${runtime.kernel}`,
    '',
    row('fork()', support.fork === 'full', support.fork),
    ...support.reasons.map((reason) => `         ${reason}`),
    row('one fork, tried', fork.ok, fork.ok ? `${fork.milliseconds.toFixed(1)} ms` : fork.error),
    row(
      'Node.js, tested',
      support.tested.here,
      support.tested.here ? 'yes' : `no: this release was tested with ${support.tested.versions.join(', ')}`,
    ),
    row('spawn: closing', spawn.closing === 'all', `${spawn.closing} descriptors`),
    row(
      'PIDFD_GET_INFO',
      kernel.pidfdGetInfo,
      kernel.pidfdGetInfo ? 'yes' : 'no: the status of a child that something else reaps is lost (before Linux 6.15)',
    ),
    row(
      'large pages',
      largePages.reasons.length === 0,
      largePages.reasons.length === 0 ? 'yes: useLargePages()' : 'no',
    ),
    ...largePages.reasons.map((reason) => `         ${reason}`),
    '',
    'What needs a new kernel or C library:',
    ...support.functions.map(({ name, needs, here, without }) =>
      here ? `${mark(here)}  ${name}: ${needs}` : `${mark(here)}  ${name}: no ${needs}. Without it: ${without}`,
    ),
    '',
    'What posix-fork knows of the insides of Node, V8, libuv and the C library:',
    ...support.facts.map(toRow),
    '',
    ok ? 'A full fork works here.' : 'A full fork does not work here.',
  ];
  return lines.join('\n');
}

function toRow({ name, fact, holds, without }: SupportFact): string {
  if (holds === true) return `${mark(holds)}  ${name}: ${fact}`;
  return `${mark(holds)}  ${name}: ${holds === null ? 'not known' : 'not so'}: ${fact}. Without it: ${without}`;
}

function row(name: string, good: boolean, text: string): string {
  return `${mark(good)}  ${name.padEnd(18)} ${text}`;
}

function mark(good: boolean | null): string {
  if (good === null) return '?   ';
  return good ? 'ok  ' : 'LACK';
}

process.exitCode = main();

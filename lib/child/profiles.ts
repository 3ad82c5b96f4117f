// Does a child write a profile of its own, where Node was started to write one (--cpu-prof, --heap-prof)?
//
// The CPU profiler that it has inherited has no thread there, so another one starts at the fork. Of the heap it has inherited the
// samples, too: V8 goes on with them.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Session } from 'node:inspector';
import { type AskedProfile, askedProfiles } from '../node/asked-profiles.js';
import { ask, openSession } from '../node/session.js';
import { native } from '../sys/native.js';
import { onlyInChildren } from './rehearsal.js';

// As they were before the program had a chance to patch them.
const { mkdirSync, writeFileSync, writeSync } = fs;
// eslint-disable-next-line @typescript-eslint/unbound-method -- they use no `this`
const { extname, join } = path;
const { stringify } = JSON;

const STDERR = 2;
let count = 0; // of files, in this process
let cpu: Session | undefined;

/** Parent, before the fork. @internal */
export function prepareProfiles(): void {
  askedProfiles();
}

/** Child: its own CPU profile begins here. @internal */
export function beginProfiles(): void {
  count = 0;
  cpu = undefined; // of the parent's, if that is a child, too
  beginCpuProfile();
}

function beginCpuProfile(): void {
  const { cpu: options } = askedProfiles();
  if (options === undefined || !native.mayProfile()) return;
  cpu = openSession();
  ask(cpu, 'Profiler.enable');
  ask(cpu, 'Profiler.setSamplingInterval', { interval: options.interval });
  ask(cpu, 'Profiler.start');
}

/** Child, at its end: writes them. @param goesOn - it may not be the end @internal */
export function writeProfiles(goesOn = false): void {
  const asked = askedProfiles();
  if (asked.cpu !== undefined && cpu !== undefined) {
    const session = cpu;
    cpu = undefined;
    write('CPU', 'cpuprofile', asked.cpu, () => ask<{ profile: object }>(session, 'Profiler.stop').profile);
    if (goesOn) beginCpuProfile();
  }
  if (asked.heap !== undefined) write('Heap', 'heapprofile', asked.heap, heapProfile);
}

function heapProfile(): object {
  const session = openSession();
  try {
    return ask<{ profile: object }>(session, 'HeapProfiler.getSamplingProfile').profile;
  } finally {
    session.disconnect();
  }
}

// An error is told, as Node tells of one, and the child ends as it would have.
function write(kind: string, extension: string, { directory, name }: AskedProfile, take: () => object): void {
  const file = join(directory, name === '' ? nameOf(kind, extension) : ownName(name));
  try {
    if (directory !== '') mkdirSync(directory, { recursive: true });
    writeFileSync(file, stringify(take()));
  } catch (error) {
    writeSync(STDERR, `${process.execPath}: Failed to write file ${file}: ${(error as Error).message}\n`);
  }
}

// As Node's own names (DiagnosticFilename of src/util.cc): the time, the pid, the thread, and which file of the process's it is.
function nameOf(kind: string, extension: string): string {
  const now = new Date();
  const date = digits(now.getFullYear(), 4) + digits(now.getMonth() + 1, 2) + digits(now.getDate(), 2);
  const time = digits(now.getHours(), 2) + digits(now.getMinutes(), 2) + digits(now.getSeconds(), 2);
  count++;
  return `${kind}.${date}.${time}.${native.getpid()}.0.${digits(count, 3)}.${extension}`;
}

// Of the name that was given for all: what makes it the child's own.
function ownName(name: string): string {
  const pid = `${native.getpid()}`;
  const more = count++ === 0 ? '' : `.${count}`;
  const extension = extname(name);
  if (name.includes('${pid}')) return name.replaceAll('${pid}', pid + more);
  return `${name.slice(0, name.length - extension.length)}.${pid}${more}${extension}`;
}

function digits(value: number, length: number): string {
  return `${value}`.padStart(length, '0');
}

onlyInChildren(beginProfiles, beginCpuProfile, writeProfiles);

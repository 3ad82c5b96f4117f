// What do the claims of others' test suites need time and again: a program with its output, and a folder of their own?
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import posix from 'posix-fork';

/** Is gone with this process; its children leave it alone. */
export const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'posix-fork-programs-'));
const owner = process.pid;
process.on('exit', () => process.pid === owner && fs.rmSync(scratch, { recursive: true, force: true }));
export const at = (name) => path.join(scratch, name);

export const PIPE = { fds: { 1: 'pipe' } };
export const HERE = {
  cwd: import.meta.dirname ?? process.cwd(),
  env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
};
export const sh = (script, options) => posix.spawnChild('sh', ['-c', script], options);
export const node = (script, options = {}) =>
  posix.spawnChild(process.execPath, ['-e', script], { ...HERE, ...options });
/** What it has written, and its exit code. */
export const out = async (child) => [(await text(child.stdout)).trim(), (await child.status).code];

export const refused = (call, code, message = /./) => assert.throws(call, { code, message });

// Can a descriptor that the loop watches become another file?
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathOf, runCommand } from '../helpers/run.mjs';

describe('dup2()', () => {
  it('ends the watch of stdin and stdout first, and what was still to be written is written once', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'posix-fork-watched-'));
    try {
      const file = path.join(directory, 'log');
      // Its stdin is open and silent; its stdout is read late.
      const script = 'sleep 20 | { "$@" | { sleep 1; cat; }; kill 0; }';
      const command = ['sh', '-c', script, 'sh', process.execPath, pathOf('process/watched.mjs'), file];
      const { stdout, stderr } = await runCommand(command);
      assert.match(stderr, /^alive$/m);
      const log = readFileSync(file, 'utf8');
      assert.ok(log.endsWith('to the file\n'), log.slice(-50));
      assert.equal(stdout.length + log.length, 200_000 + 'to the file\n'.length);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

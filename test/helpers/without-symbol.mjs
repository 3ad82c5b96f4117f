// What if the node binary did not export something?
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Calls `use` with the path of a copy of this Node.js that hides the symbol: its name is spoilt in the binary's string tables. */
export async function withoutSymbol(name, use) {
  const binary = readFileSync(process.execPath);
  let found = 0;
  const needle = Buffer.from(`\0${name}\0`);
  for (let at = binary.indexOf(needle); at !== -1; at = binary.indexOf(needle, at + 1)) {
    binary.write('X', at + 1, 'latin1');
    found++;
  }
  assert.ok(found > 0, `${name} is in the binary`);
  const directory = mkdtempSync(path.join(tmpdir(), 'posix-fork-'));
  try {
    const file = path.join(directory, 'node');
    writeFileSync(file, binary);
    chmodSync(file, 0o755);
    return await use(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

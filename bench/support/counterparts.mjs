// How do a C and a Python program of the same size fork? Each answers on request, on CLOCK_MONOTONIC as the subjects do.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

/** Those that can be had here; the others are told of on stderr. */
export async function counterparts(megabytes) {
  const found = [];
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'posix-fork-bench-'));
  const program = path.join(directory, 'fork');
  try {
    execFileSync('cc', ['-O2', '-o', program, path.join(import.meta.dirname, 'fork.c')]);
    found.push(counterpart('C', program, [megabytes]));
    await found[0].ask(); // it runs: the file can go
  } catch (error) {
    console.error(`without C: ${error.message}`);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
  try {
    execFileSync('python3', ['--version']);
    found.push(counterpart('Python', 'python3', [path.join(import.meta.dirname, 'fork.py'), megabytes]));
  } catch (error) {
    console.error(`without Python: ${error.message}`);
  }
  return found;
}

function counterpart(name, file, args) {
  const child = spawn(file, args.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = readline.createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    name,
    end: () => child.stdin.end(),
    async ask() {
      child.stdin.write('\n');
      const { value, done } = await lines.next();
      if (done) throw new Error(`${name} has ended`);
      return value.split(' ').map(Number);
    },
  };
}

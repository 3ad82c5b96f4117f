// Does a block of the documentation do what it says? Each in a folder and a process of its own, with nothing left behind.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { patternOf } from './code-blocks.mjs';
import { runCommand } from './run.mjs';
import { OPTIONS } from './typescript.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DEADLINE = 30_000;
// In the environment of all that a block starts: so a daemon can be told from strangers.
const MARK = 'POSIX_FORK_DOCS_BLOCK';
const TYPESCRIPT = { ...OPTIONS, skipLibCheck: true };

/**
 * Writes the blocks into folders below `directory`, which lies within the package: so `posix-fork` is this package, by Node's
 * self-reference. `files`: those that all of them find beside them.
 */
export function writeBlock(block, files, directory) {
  const folder = path.join(directory, block.name.replaceAll(/[^\w-]/g, '-'));
  mkdirSync(folder);
  for (const { file, code } of files) writeFileSync(path.join(folder, file), code);
  block.folder = folder;
  if (block.kind !== 'program') return;
  if (block.language === 'ts') {
    block.source = path.join(folder, 'program.mts');
    writeFileSync(block.source, block.code);
  }
  const code =
    block.language === 'ts'
      ? ts.transpileModule(block.code, { compilerOptions: TYPESCRIPT, fileName: 'program.mts' }).outputText
      : block.code;
  block.program = path.join(folder, block.language === 'cjs' ? 'program.cjs' : 'program.mjs');
  writeFileSync(block.program, code);
}

/** What TypeScript has to say of each file: a map of path → messages. */
export function checkTypes(paths) {
  const program = ts.createProgram(paths, TYPESCRIPT);
  const messages = new Map();
  for (const { file, start, messageText } of ts.getPreEmitDiagnostics(program)) {
    const text = ts.flattenDiagnosticMessageText(messageText, '\n');
    const line = file && file.getLineAndCharacterOfPosition(start).line + 1;
    const key = file?.fileName ?? '';
    messages.set(key, [...(messages.get(key) ?? []), `line ${line}: ${text}`]);
  }
  return messages;
}

/** A whole program. */
export async function runProgram(block) {
  const { code, signal, stdout, stderr } = await run(block, [process.execPath, block.program]);
  const output = { stdout, stderr };
  for (const name of ['stdout', 'stderr'])
    assertPrinted(output[name], block[name], `${name} of ${JSON.stringify(output)}`);
  assert.deepEqual({ code, signal }, { code: block.exitCode, signal: null });
}

/** Commands, each of which prints what stands below it. They see the repository's files, and the page's. */
export async function runConsole(block) {
  // One shell for all, so that `echo $?` means the one before; what stands between two marks belongs to one.
  const commands = block.code.split(/^\$ /m).slice(1);
  const script = commands
    .map((each) => `${each.split('\n', 1)[0]}\nstatus=$?; echo "${MARK}"; (exit $status)`)
    .join('\n');
  const bin = path.join(block.folder, 'bin');
  mkdirSync(bin);
  symlinkSync(path.join(ROOT, 'examples'), path.join(block.folder, 'examples'));
  // Where the package is installed npx finds its command; here it is not installed.
  const executable = (name, text) => writeFileSync(path.join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  executable('npx', 'exec "$@"');
  executable('posix-fork', `exec node ${path.join(ROOT, 'dist/support/cli.js')} "$@"`);
  const env = { PATH: `${bin}:${path.dirname(process.execPath)}:${process.env.PATH}`, TMPDIR: block.folder };
  const { stdout, stderr } = await run(block, ['sh', '-c', `exec 2>&1\n${script}`], env);
  assert.equal(stderr, '');
  const outputs = stdout.split(`${MARK}\n`);
  for (const [i, command] of commands.entries()) {
    const [line, ...expected] = command.split('\n');
    assertPrinted(outputs[i], expected.join('\n'), line);
  }
}

function assertPrinted(actual, expected, message) {
  if (patternOf(expected).test(actual.trimEnd())) return;
  throw new assert.AssertionError({ message, actual: actual.trimEnd(), expected, operator: 'strictEqual' });
}

async function run(block, command, env = {}) {
  try {
    return await runCommand(command, { cwd: block.folder, deadline: DEADLINE, env: { [MARK]: block.name, ...env } });
  } finally {
    let left = startedBy(block.name);
    // What was told to end may still be at it.
    for (let i = 0; i < 100 && left.length > 0; i++, left = startedBy(block.name)) await sleep(10);
    for (const pid of left) process.kill(pid, 'SIGKILL');
    assert.deepEqual(left, [], `${block.name} left processes behind`);
  }
}

// Also of other sessions and process groups.
function startedBy(name) {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK}=${name}`);
      } catch {
        return false;
      }
    });
}

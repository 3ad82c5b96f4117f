// Are the declarations and commands in the documentation those that there are?
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

// Programs of the reader's machine, with processes of his own: no test can run them. What they name of ours is looked up.
const TOOLS = ['cd', 'git', 'gdb', 'strace', 'kill', 'export', 'ulimit', 'ps', 'nm', 'cat', 'ls'];

/** Each statement is a declaration of that name in dist/*.d.ts, but for comments and what is private. */
export function checkSignature({ code }) {
  const declared = declarations();
  for (const [name, text] of statementsOf('signature.ts', code)) {
    const overloads = declared.filter(([each]) => each === name).map(([, its]) => its);
    assert.ok(overloads.length > 0, `${name} is not exported`);
    assert.equal(text, overloads.includes(text) ? text : overloads.at(-1));
  }
}

let all;
function declarations() {
  all ??= readdirSync(path.join(ROOT, 'dist'), { recursive: true })
    .filter((file) => file.endsWith('.d.ts'))
    .flatMap((file) => statementsOf(file, readFileSync(path.join(ROOT, 'dist', file), 'utf8')));
  return all;
}

function statementsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const printer = ts.createPrinter({ removeComments: true });
  return source.statements
    .filter((statement) => statement.name !== undefined)
    .map((statement) => [
      statement.name.text,
      printer
        .printNode(ts.EmitHint.Unspecified, statement, source)
        .replace(/^(export )?(declare )?/, '')
        .replaceAll(/\s+/g, ' ')
        .replace('#private; ', ''),
    ]);
}

/** Each line names npm scripts, files and programs that there are. */
export function checkCommands({ code }) {
  for (const [, name] of code.matchAll(/\bposix_fork::(\w+)/g))
    assert.match(nativeSource(), new RegExp(`\\b${name}\\(`));
  const lines = code.replaceAll('\\\n', ' ').split('\n');
  for (const line of lines.map((each) => each.replace(/(^| )#.*/, '').trim()).filter(Boolean)) {
    for (const command of line.split(/ (?:&&|\|\|?) /)) checkCommand(command.trim().split(/ +/), line);
  }
}

function nativeSource() {
  const files = readdirSync(path.join(ROOT, 'native'), { recursive: true }).filter((name) => name.endsWith('.cc'));
  return files.map((file) => readFileSync(path.join(ROOT, 'native', file), 'utf8')).join('\n');
}

function checkCommand(words, line) {
  while (/^[A-Z_]\w*=/.test(words[0])) words.shift();
  const [program, ...args] = words;
  for (const file of args.filter((word) =>
    /^(\.\/)?(test|bench|scripts|examples|native|lib|docs|node_modules)\//.test(word),
  )) {
    assert.ok(existsSync(path.join(ROOT, file)), `${line}: there is no ${file}`);
  }
  if (program === 'npm') {
    const [verb, script] = args[0] === 'start' || args[0] === 'test' ? ['run', args[0]] : args;
    assert.ok(['install', 'run', 'publish', 'version', 'pack', 'rebuild'].includes(verb), line);
    if (verb === 'run') assert.ok(script in scripts, `${line}: there is no such script`);
  } else if (program === 'npx') {
    assert.ok(existsSync(path.join(ROOT, 'node_modules/.bin', args[0])) || args[0] === 'posix-fork', line);
  } else if (program !== 'node') {
    assert.ok(TOOLS.includes(program), `${line}: who knows ${program}?`);
  }
}

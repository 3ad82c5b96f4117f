// What do other people's packages do in a child? Installs those of test/packages/table.mjs, tries each, and compares:
// npm run test:packages                   all of them; npm run test:packages -- pg sharp: those
// npm run test:packages -- --quick        those that CI tries
// npm run test:packages -- --node 20,26   on those versions of Node.js; without it on this one
// npm run test:packages -- --docs         writes the table of docs/libraries.md, and tries nothing
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { blocksOfPage, patternOf } from '../test/helpers/code-blocks.mjs';
import { badEnds, judge, rows, titleOf, VERDICTS } from '../test/packages/table.mjs';
import nodeHeaders from './node-headers.cjs';
import { install as installNode } from './support/nodes.mjs';
import { startServers } from './support/servers.mjs';

const root = path.join(import.meta.dirname, '..');
const cache = path.join(root, 'node_modules/.cache/posix-fork-packages');
const DEADLINE = 240_000; // ms for all children of one package

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    node: { type: 'string' },
    verbose: { type: 'boolean' },
    docs: { type: 'boolean' },
  },
});
const page = 'docs/databases.md';
const programs = blocksOfPage(path.join(root, page), page).filter(({ kind }) => kind === 'package');
const unknown = positionals.filter((name) => !rows.some((row) => row.name === name));
if (unknown.length > 0) throw new Error(`not in the table: ${unknown.join(', ')}`);
const chosen = rows.filter(({ name, quick }) =>
  positionals.length > 0 ? positionals.includes(name) : !values.quick || quick,
);

if (values.docs) {
  await (await import('../test/packages/docs.mjs')).writePage();
  process.exit();
}

let bad = 0;
const servers = await startServers(new Set(chosen.flatMap(({ servers = [] }) => servers)), (server) => {
  const row = rows.find(({ servers }) => servers?.includes(server));
  return install(row, process.execPath);
});
try {
  const versions = values.node?.split(',').map((version) => path.join(installNode(version), 'node'));
  for (const node of versions ?? [process.execPath]) await tryAllOn(node);
} finally {
  await servers.stop();
}
process.exitCode = bad === 0 ? 0 : 1;

async function tryAllOn(node) {
  console.log(`Node.js ${execFileSync(node, ['-v'], { encoding: 'utf8' }).slice(1)}`.trim());
  const major = Number(execFileSync(node, ['-p', 'parseInt(process.versions.node)']));
  for (const row of chosen) {
    if (row.node > major) {
      console.log(`-     ${titleOf(row)}, ${row.version}: wants Node.js ${row.node}`);
      continue;
    }
    if (!(await tryOut(row, node))) bad++;
    const own = row.variant ? [] : programs.filter(({ wants }) => wants === row.name);
    for (const program of own) if (!(await runProgram(program, row, node))) bad++;
  }
}

async function tryOut(row, node) {
  const title = `${titleOf(row)}, ${row.version}`;
  const began = Date.now();
  let result;
  try {
    result = await trial(row, node, install(row, node));
  } catch (error) {
    console.log(`FAIL  ${title}: ${error.message}`);
    return false;
  }
  const { children, warning } = result;
  const verdict = judge(row, children);
  const complaints = [
    ...(verdict === row.verdict ? [] : [`found "${VERDICTS[verdict]}", the table says "${VERDICTS[row.verdict]}"`]),
    ...badEnds(children),
    ...Object.entries(children.first ?? {})
      .filter(([, { answers }]) => answers[0] !== 'ok')
      .map(([way, { answers }]) => `used in the child alone, ${way}: ${answers[0]}`),
    ...((row.warning ?? /^$/).test(warning) ? [] : [`the warning: ${warning || 'none'}`]),
  ];
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  console.log(`${complaints.length > 0 ? 'FAIL' : 'ok  '}  ${title}: ${VERDICTS[verdict]} (${seconds} s)`);
  for (const line of complaints) console.log(`        ${line}`);
  if (complaints.length > 0 || values.verbose) {
    for (const [question, ways] of Object.entries(children)) {
      const said = Object.entries(ways).map(
        ([way, { answers, end, ms }]) => `${way}: ${answers.join(', ') || '-'}; ${end}, ${ms} ms`,
      );
      console.log(`        ${question}: ${said.join(' | ')}`);
    }
    if (values.verbose && warning) console.log(`        ${warning}`);
  }
  return complaints.length === 0;
}

/** A program of the documentation, in a folder beside what it wants. */
async function runProgram({ name, code, stdout }, row, node) {
  const folder = mkdtempSync(path.join(install(row, node), 'program-'));
  try {
    const link = path.join(folder, '../node_modules/posix-fork');
    rmSync(link, { force: true });
    symlinkSync(root, link);
    writeFileSync(path.join(folder, 'program.mjs'), code);
    const output = await run(node, ['program.mjs'], folder);
    const good = patternOf(stdout).test(output.stdout);
    console.log(`${good ? 'ok  ' : 'FAIL'}  ${name}`);
    if (!good) console.log(`        printed ${JSON.stringify(output)}`);
    return good;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The folder that it is installed in, with those that it wants beside it. */
function install({ name, version, with: others = [], perNode }, node) {
  const abi = perNode ? `-${execFileSync(node, ['-p', 'process.versions.modules'], { encoding: 'utf8' }).trim()}` : '';
  const folder = path.join(cache, `${name.replace('/', '+')}@${version}${abi}`);
  const wanted = [`${name}@${version}`, ...others].join(' ');
  const stamp = path.join(folder, 'installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
  // import() finds what is installed beside the file that calls it.
  writeFileSync(path.join(folder, 'load.mjs'), 'export default (name) => import(name);\n');
  const env = {
    ...nodeHeaders.environment(),
    PATH: `${path.dirname(node)}:${process.env.PATH}`,
    ONNXRUNTIME_NODE_INSTALL: 'skip', // what it would fetch is for CUDA
  };
  const options = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', ['install', ...options, ...wanted.split(' ')], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(stamp, wanted);
  return folder;
}

async function trial(row, node, folder) {
  const script = path.join(root, 'test/packages/trial.mjs');
  const { code, signal, stdout, stderr } = await run(node, [script, titleOf(row), folder], root);
  if (code === 0) return JSON.parse(stdout.trim().split('\n').at(-1));
  throw new Error(`the trial ended with ${code ?? signal}\n${stderr.slice(-1500)}`);
}

/** Runs a program in a process group of its own, of which nothing is left. */
function run(node, args, cwd) {
  const child = spawn(node, args, {
    detached: true,
    cwd,
    env: { ...process.env, ...servers.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'])
    child[stream].setEncoding('utf8').on('data', (text) => (output[stream] += text));
  return new Promise((resolve, reject) => {
    const end = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // there is nobody left
      }
    };
    const late = setTimeout(end, DEADLINE);
    child.on('error', reject);
    child.on('exit', end);
    child.on('close', (code, signal) => {
      clearTimeout(late);
      resolve({ code, signal, ...output });
    });
  });
}

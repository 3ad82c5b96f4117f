// Does a child write a profile of what it itself has done, where Node.js was started to write one?
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { report, runFixture } from '../helpers/run.mjs';

const MANY = process.env.POSIX_FORK_FULL ? 30 : 10;
const WORK = ['workOfParent', 'workOfChild', 'workOfGrandchild', 'workOfRun'];

describe('a child that Node.js is to profile', () => {
  let directory;
  beforeEach(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'posix-fork-'));
  });
  afterEach(() => {
    fs.rmSync(directory, { recursive: true });
  });

  const read = () => {
    const files = fs.readdirSync(directory).sort();
    return files.map((file) => ({ file, ...JSON.parse(fs.readFileSync(path.join(directory, file), 'utf8')) }));
  };
  // Where the samples of a CPU profile fell.
  const workIn = ({ nodes, samples }) => {
    const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
    const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
    const found = new Set();
    for (let id of samples) {
      for (; id !== undefined; id = parents.get(id)) if (WORK.includes(names.get(id))) found.add(names.get(id));
    }
    return [...found].sort();
  };
  const flags = (...more) => ['--cpu-prof', '--cpu-prof-dir', directory, ...more];

  it('writes a CPU profile of its own, as its child does, and that of forkRun', async () => {
    const result = await runFixture('child/profiles.mjs', ['generations'], { execArgv: flags() });
    const [below, told] = result.stdout.split('\n');
    const { parent, child, run, ended } = JSON.parse(told);
    assert.equal(ended, 7, result.stderr);
    const profiles = read();
    assert.equal(profiles.length, 4);
    const of = (pid) => {
      const found = profiles.filter(({ file }) =>
        new RegExp(`^CPU\\.\\d{8}\\.\\d{6}\\.${pid}\\.0\\.\\d+\\.cpuprofile$`).test(file),
      );
      return found.map(workIn);
    };
    assert.deepEqual(of(parent), [['workOfParent']]);
    assert.deepEqual(of(child), [['workOfChild']]);
    assert.deepEqual(of(below), [['workOfGrandchild']]);
    assert.deepEqual(of(run), [['workOfRun']]);
  });

  it('puts its pid into the name that was given for all', async () => {
    const execArgv = flags('--cpu-prof-name', 'mine.cpuprofile');
    await runFixture('child/profiles.mjs', ['generations'], { execArgv });
    const names = fs.readdirSync(directory);
    assert.ok(names.includes('mine.cpuprofile'), names.join());
    assert.equal(names.filter((name) => /^mine\.\d+\.cpuprofile$/.test(name)).length, 3, names.join());
  });

  it('writes one also as it kills itself, and goes on after a signal that ended nothing', async () => {
    const result = await runFixture('child/profiles.mjs', ['killed'], { execArgv: flags() });
    const { pid, ended } = report(result);
    assert.equal(ended, 'SIGTERM', result.stderr);
    const own = read().filter(({ file }) => file.includes(`.${pid}.`));
    assert.deepEqual(own.map(workIn), [['workOfChild'], ['workOfGrandchild']]);
  });

  it(`never waits for its parent's profiler, at an interval of 40 µs (${MANY} children)`, async () => {
    const execArgv = flags('--cpu-prof-interval', '40');
    const result = await runFixture('child/profiles.mjs', ['many', MANY], { execArgv });
    assert.deepEqual(report(result), { 7: MANY }, result.stderr);
    assert.equal(fs.readdirSync(directory).length, MANY + 1);
  });

  for (const [what, how] of [
    ['Workers, which are profiled, too', 'beside-workers'],
    ['a profile that the program has begun', 'beside-another'],
  ]) {
    it(`writes one beside ${what} (${MANY} children)`, async () => {
      const execArgv = flags('--cpu-prof-interval', '200', '--cpu-prof-name', 'mine.cpuprofile');
      const result = await runFixture('child/profiles.mjs', [how, MANY], { execArgv });
      assert.deepEqual(report(result), { 7: MANY }, result.stderr);
      const own = fs.readdirSync(directory).filter((file) => /^mine\.\d+\.cpuprofile$/.test(file));
      assert.equal(own.length, MANY, own.join());
    });
  }

  it(`can stop a profile that its parent has begun, and that is still the parent's (${MANY} children)`, async () => {
    const result = await runFixture('child/profiles.mjs', ['stops', MANY]);
    assert.deepEqual(report(result), { 7: MANY, parents: true }, result.stderr);
  });

  it('writes none where the program listens to SIGPROF, which V8 samples with, and ends', async () => {
    const result = await runFixture('child/profiles.mjs', ['beside-listener'], { execArgv: flags() });
    const { pid, ended } = report(result);
    assert.equal(ended, 7, result.stderr);
    assert.deepEqual(
      fs.readdirSync(directory).filter((file) => file.includes(`.${pid}.`)),
      [],
    );
  });

  it('writes a heap profile of its own', async () => {
    const execArgv = ['--heap-prof', '--heap-prof-dir', directory];
    const result = await runFixture('child/profiles.mjs', ['generations'], { execArgv });
    const { child } = JSON.parse(result.stdout.split('\n')[1]);
    const has = ({ head }) => {
      const below = ({ callFrame, children }) => callFrame.functionName === 'allocate' || children.some(below);
      return below(head);
    };
    const profiles = read();
    assert.deepEqual(
      profiles.map(({ file }) => file.split('.')[0]),
      ['Heap', 'Heap', 'Heap', 'Heap'],
      result.stderr,
    );
    assert.deepEqual(profiles.filter(({ file }) => file.includes(`.${child}.`)).map(has), [true]);
  });

  it('says what cannot be written, and ends as it would have', async () => {
    const file = path.join(directory, 'file');
    fs.writeFileSync(file, '');
    const execArgv = ['--cpu-prof', '--cpu-prof-dir', file];
    const result = await runFixture('child/profiles.mjs', ['many', '1'], { execArgv });
    assert.deepEqual(report(result), { 7: 1 });
    assert.match(result.stderr, /Failed to write file \S+\/file\/CPU\.[\d.]+\.cpuprofile: E[A-Z]+/);
  });
});

// What earlier runs have learned: when does it count, and when is it dropped?
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LearnedFile } from '../lib/learned.js';

describe('what vitest-pool-fork has learned', () => {
  const versions = ['v20.20.2', '4.1.12', '0.1.0'];
  let root;
  let project;
  let cache;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'vitest-pool-fork-'));
    project = path.join(root, 'packages/one');
    cache = path.join(project, 'node_modules/.vite');
    mkdirSync(project, { recursive: true });
    writeFileSync(path.join(root, 'package-lock.json'), '{ "one": 1 }');
    open().add({ harmless: ['file:///lodash.js'], left: ['file:///asks.js'] });
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const open = (stamp = versions) => new LearnedFile(project, cache, stamp).of('node');
  const knows = ({ preload, left }) => [preload, left];
  const ALL = [['file:///lodash.js'], ['file:///asks.js']];
  const NOTHING = [[], []];

  it('counts in the next run', () => {
    assert.deepEqual(knows(open()), ALL);
  });

  it('is dropped when the lockfile changes, which may lie further up', () => {
    writeFileSync(path.join(root, 'package-lock.json'), '{ "one": 2 }');
    assert.deepEqual(knows(open()), NOTHING);
  });

  it('is dropped when there is a lockfile nearer by', () => {
    writeFileSync(path.join(project, 'pnpm-lock.yaml'), '');
    assert.deepEqual(knows(open()), NOTHING);
  });

  for (const [i, what] of ['Node.js', 'Vitest', 'the pool'].entries()) {
    it(`is dropped when ${what} is another version`, () => {
      assert.deepEqual(knows(open(versions.with(i, 'another'))), NOTHING);
    });
  }

  it('is dropped when its file is damaged', () => {
    writeFileSync(path.join(cache, 'vitest-pool-fork.json'), '{ "stamp": ');
    assert.deepEqual(knows(open()), NOTHING);
  });

  it('is learned again in each run where nobody may write', () => {
    rmSync(cache, { recursive: true });
    writeFileSync(cache, ''); // no folder
    const learned = open();
    learned.add({ harmless: ['file:///lodash.js'], left: [] });
    assert.deepEqual(knows(learned), [['file:///lodash.js'], []]);
    assert.deepEqual(knows(open()), NOTHING);
  });
});

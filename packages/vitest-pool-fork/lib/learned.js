// What did earlier runs find out of a project's modules? One file in Vite's cache folder, void when what is installed changes.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const LOCKFILES = ['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb'];

/** The file of a project. `of(key)` is what it says of one template. */
export class LearnedFile {
  #file;
  #stamp;
  #all = new Map();

  constructor(root, cacheDir, versions) {
    this.#file = path.join(cacheDir, 'vitest-pool-fork.json');
    this.#stamp = stampOf(root, versions);
    const { stamp, templates } = readJson(this.#file);
    if (stamp === this.#stamp)
      for (const [key, kept] of Object.entries(templates)) this.#all.set(key, new Learned(this, kept));
  }

  of(key) {
    if (!this.#all.has(key)) this.#all.set(key, new Learned(this));
    return this.#all.get(key);
  }

  save() {
    const text = JSON.stringify({ stamp: this.#stamp, templates: Object.fromEntries(this.#all) }, null, 1);
    const draft = `${this.#file}.${process.pid}`;
    try {
      mkdirSync(path.dirname(this.#file), { recursive: true });
      writeFileSync(draft, text);
      renameSync(draft, this.#file);
    } catch {
      // A folder that nobody may write to: the next run learns again.
    }
  }
}

/** Of one template. */
class Learned {
  /** What it imports as it starts, in this order. */
  preload;
  /** What it must not: the import changes what others see, or fails. */
  left;
  /** What test files needed, and nobody has tried yet: a run ends when its tests do. */
  untried;
  #watched;
  #file;

  constructor(file, { preload = [], left = [], untried = [], watched } = {}) {
    this.#file = file;
    this.preload = preload;
    this.left = left;
    this.untried = untried;
    this.#watched = watched;
  }

  want(url) {
    if (!this.untried.includes(url)) this.untried.push(url);
  }

  add({ harmless, left }) {
    this.preload.push(...harmless.filter((url) => !this.left.includes(url)));
    this.left.push(...left);
    this.untried = this.untried.filter((url) => !harmless.includes(url) && !left.includes(url));
    this.save();
  }

  save() {
    this.#file.save();
  }

  /** It did something after all. */
  leave(url) {
    this.preload = this.preload.filter((other) => other !== url);
    if (url !== undefined && !this.left.includes(url)) this.left.push(url);
    this.save();
  }

  /** Setup files change these. False if that is not what the modules were tried with: then they are to be tried again. */
  watch(names) {
    const known = this.#watched;
    const same = known !== undefined && JSON.stringify(known) === JSON.stringify(names);
    if (!same) {
      const none = this.preload.length === 0;
      this.drop();
      this.#watched = names;
      return none;
    }
    return true;
  }

  drop() {
    this.preload = [];
    this.left = [];
    this.untried = [];
    this.#watched = undefined;
    this.save();
  }

  toJSON() {
    return { watched: this.#watched, preload: this.preload, left: this.left, untried: this.untried };
  }
}

/** What is installed, in short: the nearest lockfile, and the versions of Node.js and Vitest. */
function stampOf(root, versions) {
  const hash = createHash('sha1').update(JSON.stringify(versions));
  for (let folder = root; ; folder = path.dirname(folder)) {
    const found = LOCKFILES.map((name) => path.join(folder, name)).filter((file) =>
      statSync(file, { throwIfNoEntry: false }),
    );
    for (const file of found) hash.update(readFileSync(file));
    if (found.length > 0 || folder === path.dirname(folder)) return hash.digest('hex');
  }
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

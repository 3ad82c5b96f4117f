// Is code that one test file has compiled found by the next, and is it the same code?
import assert from 'node:assert/strict';
import fs, { appendFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import vm from 'node:vm';

const require = createRequire(import.meta.url);
const LIBRARY = '../lib/shared-code.js';

describe('shared code of jest-runner-fork', () => {
  let folder;
  let compile;
  let codes;
  let runtime;
  const load = require('node:module')._load;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'jest-runner-fork-')));
    const file = path.join(folder, 'runtime.cjs'); // it stands for jest-runtime
    mkdirSync(path.join(folder, 'node_modules'));
    writeFileSync(path.join(folder, 'node_modules/graceful-fs.js'), "module.exports = require('node:fs');");
    writeFileSync(
      file,
      `let vm, fs; // asked for once, and late
      exports.compile = (...args) => (vm ??= require('node:vm')).compileFunction(...args);
      exports.read = (...args) => (fs ??= require('graceful-fs')).readFileSync(...args);`,
    );
    delete require.cache[require.resolve(LIBRARY)];
    const { shareCode, ...others } = require(LIBRARY);
    codes = others;
    shareCode(file);
    runtime = require(file);
    compile = (source, context = vm.createContext({ Error }), filename = '/a.js') =>
      runtime.compile(source, ['module', 'exports'], { filename, parsingContext: context, importModuleDynamically });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const importModuleDynamically = () => assert.fail('nobody imports');
  const SOURCE = "'use strict'; exports.where = () => new Error('here').stack; exports.n ??= 0; exports.n++;";
  const readsOf = (file, act) => {
    const { readFileSync } = fs;
    let reads = 0;
    fs.readFileSync = (name, ...rest) => (name === file && reads++, readFileSync(name, ...rest));
    try {
      act();
    } finally {
      fs.readFileSync = readFileSync;
    }
    return reads;
  };
  const resultOf = (compiled) => {
    const exports = {};
    compiled.call(exports, {}, exports);
    return exports;
  };

  it('is bound to each context, with the state of that one', () => {
    const contexts = [vm.createContext({ Error }), vm.createContext({ Error })];
    const [first, second] = contexts.map((context) => compile(SOURCE, context));
    assert.notEqual(first, second);
    for (const [i, compiled] of [first, second].entries()) {
      assert.equal(Object.getPrototypeOf(compiled), vm.runInContext('Function.prototype', contexts[i]));
      assert.equal(resultOf(compiled).n, 1);
    }
    assert.equal(codes.count(), 1);
  });

  it('has the positions that it would have by vm.compileFunction()', () => {
    const options = { filename: '/a.js', parsingContext: vm.createContext({ Error }) };
    const theirs = resultOf(vm.compileFunction(SOURCE, ['module', 'exports'], options)).where();
    const [line] = theirs.match(/\(?\/a\.js.*/);
    assert.match(
      resultOf(compile(SOURCE)).where(),
      new RegExp(RegExp.escape?.(line) ?? line.replaceAll(/[().]/g, '\\$&')),
    );
  });

  it('comes back from a child with what was compiled there, but for the test file itself', () => {
    resultOf(compile(SOURCE)).where();
    compile('exports.test = 1', undefined, '/a.test.js');
    const learned = [...codes.codeSince(0, '/a.test.js')];
    assert.deepEqual(
      learned.map(({ filename, source }) => [filename, source]),
      [['/a.js', SOURCE]],
    );
    delete require.cache[require.resolve(LIBRARY)];
    const { codeSince, count, takeCode } = require(LIBRARY);
    const rejected = [];
    const { Script } = vm;
    vm.Script = class extends Script {
      constructor(...args) {
        super(...args);
        rejected.push(this.cachedDataRejected);
      }
    };
    try {
      for (const code of structuredClone(learned)) takeCode(code);
      for (const code of learned) takeCode(code); // from another child that was as early
    } finally {
      vm.Script = Script;
    }
    assert.deepEqual(rejected, [false]);
    assert.equal(count(), 1);
    assert.equal([...codeSince(0)][0].source, SOURCE);
  });

  it('brings the text of a file along, which is not read again until it changes', () => {
    const file = path.join(folder, 'b.js');
    writeFileSync(file, `${SOURCE}// of a file`);
    const text = runtime.read(file).toString();
    assert.equal(text, readFileSync(file, 'utf8'));
    compile(text, undefined, file);
    const [code] = codes.codeSince(0);
    assert.equal(code.source, undefined); // whoever takes it reads the file
    assert.match(code.file, /^\d+,\d/);
    delete require.cache[require.resolve(LIBRARY)];
    const other = require(LIBRARY);
    other.takeCode({ ...code, file: `${code.file}0` }); // it has changed since
    assert.equal(other.count(), 0);
    other.takeCode(code);
    assert.equal(other.count(), 1);
    assert.equal(runtime.read(file).toString(), text);
    assert.equal(
      readsOf(file, () => runtime.read(file)),
      0,
    );
    appendFileSync(file, '// and more');
    assert.equal(runtime.read(file).toString(), `${text}// and more`);
  });

  it('does not take what was transformed for the text of its file, nor for that of another', () => {
    const file = path.join(folder, 'b.js');
    writeFileSync(file, `${SOURCE}// of a file`);
    const text = runtime.read(file).toString();
    compile(`${text}// transformed`, undefined, file);
    assert.equal([...codes.codeSince(0)][0].file, undefined);
    const other = path.join(folder, 'c.js');
    writeFileSync(other, SOURCE);
    compile(runtime.read(other).toString(), undefined, path.join(folder, 'd.js'));
    assert.equal([...codes.codeSince(1)][0].file, undefined);
    assert.equal(runtime.read(file).toString(), text);
  });

  it('gives of other files what node:fs gives', () => {
    const file = path.join(folder, 'a.wasm');
    writeFileSync(file, Buffer.alloc(1000, 255));
    assert.deepEqual(runtime.read(file), readFileSync(file));
    const script = path.join(folder, 'a.js');
    writeFileSync(script, SOURCE);
    assert.equal(runtime.read(script, 'latin1'), SOURCE);
    assert.throws(() => runtime.read(path.join(folder, 'none.js')), { code: 'ENOENT', syscall: 'open' });
    compile(SOURCE);
  });

  it('leaves node:module as it was, once it is in use', () => {
    const { _load } = require('node:module');
    compile(SOURCE);
    assert.notEqual(require('node:module')._load, _load);
    assert.equal(require('node:module')._load, load);
  });

  it('is not taken for another source of that name', () => {
    assert.equal(resultOf(compile('exports.n = 1')).n, 1);
    assert.equal(resultOf(compile('exports.n = 2')).n, 2);
  });

  it('is none where the source is not one function: the error is that of vm.compileFunction()', () => {
    for (const source of ['}); (function () {', 'const', 'return }', 'await 1']) {
      assert.throws(() => compile(source), { name: 'SyntaxError' }, source);
      assert.equal(codes.count(), 0);
    }
  });
});

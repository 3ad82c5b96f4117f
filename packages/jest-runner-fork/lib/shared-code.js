// What of the code that a test file loads is compiled already? All that another file has loaded, and called, in the template or in a child.
//
// Jest compiles each module anew for each test file, since each has a context of its own (a global object, prototypes). V8 can bind one script to many contexts; what
// is compiled of it, and functions are when they are first called, is compiled for all of them. Code has no state. A child finds it in the template's
// memory, and what it compiled itself comes back to the template as V8's code cache.
const fs = require('node:fs');
const Module = require('node:module');
const vm = require('node:vm');

const known = new Map(); // by filename
let read; // the file that was read last, which is the one to be compiled next

let settle = () => {};

/** `file`, the main module of jest-runtime, finds the functions of this module where it asks for those of node:vm and graceful-fs. */
exports.shareCode = function shareCode(file) {
  const load = Module._load;
  const find = function (request, parent, ...rest) {
    const found = Reflect.apply(load, this, [request, parent, ...rest]);
    if (parent?.filename !== file) return found;
    if (request === 'node:vm') return replacing(found, { compileFunction });
    return request === 'graceful-fs' ? replacing(found, { readFileSync }) : found;
  };
  Module._load = find;
  // Once it has called it, it asks no more, and what tests find in node:module is Node's own again.
  settle = () => {
    if (Module._load === find) Module._load = load;
    settle = () => {};
  };
};

function replacing(module, functions) {
  return Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(module), ...Object.getOwnPropertyDescriptors(functions) },
  );
}

/** How many are known. */
exports.count = () => known.size;

/** What has become known since there were `count`, but for the module `test`, each as takeCode() takes it. */
exports.codeSince = function* codeSince(count, test) {
  for (const { filename, names, source, file, script } of [...known.values()].slice(count)) {
    if (filename === test) continue;
    yield { filename, names, source: file ? undefined : source, file, cachedData: script.createCachedData() };
  }
};

exports.takeCode = function takeCode({ filename, names, source, file, cachedData }) {
  if (known.has(filename)) return;
  const text = source ?? textOf(filename, file);
  if (text !== undefined) known.set(filename, new Code(filename, names, text, file, cachedData));
};

// The text of a file does not travel: it is read where it is wanted.
function textOf(filename, file) {
  const stat = fs.statSync(filename, { throwIfNoEntry: false });
  return stat && stateOf(stat) === file ? fs.readFileSync(filename, 'utf8') : undefined;
}

function stateOf({ ino, size, mtimeMs, ctimeMs }) {
  return [ino, size, mtimeMs, ctimeMs].join();
}

/** Gives what has the text of a script, and of other files all that node:fs gives. The text of one whose code is known is not read again. */
function readFileSync(filename, ...options) {
  const code = known.get(filename);
  const plain = options.length > 0 || !/\.[cm]?js$/.test(filename) || (code && !code.file);
  const stat = plain ? undefined : fs.statSync(filename, { throwIfNoEntry: false });
  if (stat === undefined) return fs.readFileSync(filename, ...options);
  const file = stateOf(stat);
  if (code?.file === file) return { toString: () => code.source };
  const text = fs.readFileSync(filename, 'utf8');
  read = { filename, text, file };
  return { toString: () => text };
}

function compileFunction(source, parameters, options) {
  settle();
  const { filename, parsingContext, importModuleDynamically } = options;
  const names = parameters.join();
  try {
    // What was transformed is another text than that of the file.
    const file = read?.filename === filename && read.text === source ? read.file : undefined;
    read = undefined;
    if (!known.has(filename)) known.set(filename, new Code(filename, names, source, file));
    const code = known.get(filename);
    if (code.source === source && code.names === names) return code.bind(parsingContext, importModuleDynamically);
  } catch {
    known.delete(filename); // then the error is the one that Jest knows
  }
  try {
    return vm.compileFunction(source, parameters, options);
  } catch (error) {
    // Jest shows the first function in the stack, whosesoever it is.
    const lines = error.stack.split('\n');
    error.stack = lines.filter((line) => !line.includes(__filename)).join('\n');
    throw error;
  }
}

class Code {
  #length;
  // A script is asked for import() by all that are bound to it. It may keep no context alive: each is a whole world, with all that a test file has loaded.
  #importers = new WeakMap();
  #latest;

  // `file`: which state of the file has this very text, if any.
  constructor(filename, names, source, file, cachedData) {
    const start = `(function (${names}) {`;
    const text = `${start}${source}\n})`;
    this.filename = filename;
    this.names = names;
    this.file = file;
    this.#length = text.length - 2;
    this.script = new vm.Script(text, {
      filename,
      cachedData: cachedData && Buffer.from(cachedData),
      columnOffset: -start.length,
      importModuleDynamically: (...args) => this.#importers.get(this.#latest.deref())(...args),
    });
    this.source = text.slice(start.length, -3); // a part of the text that V8 has, and no copy
  }

  bind(context, importModuleDynamically) {
    const bound = this.script.runInContext(context);
    // A source that closes the function and opens another is none.
    if (bound.toString().length !== this.#length) throw new SyntaxError('not one function');
    this.#importers.set(context, importModuleDynamically);
    this.#latest = new WeakRef(context);
    return bound;
  }
}

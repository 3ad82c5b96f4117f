// What of the code that a test file loads is compiled already? All that another file has loaded, and called, in the template or in a child.
//
// Jest compiles each module anew for each test file, since each has a context of its own (a global object, prototypes). V8 can bind one script to many contexts; what
// is compiled of it, and functions are when they are first called, is compiled for all of them. Code has no state. A child finds it in the template's
// memory, and what it compiled itself comes back to the template as V8's code cache.
const Module = require('node:module');
const vm = require('node:vm');

const known = new Map(); // by filename

let settle = () => {};

/** `file`, the main module of jest-runtime, finds the compileFunction() of this module where it asks for that of node:vm. */
exports.shareCode = function shareCode(file) {
  const shared = Object.create(vm, { compileFunction: { value: compileFunction } });
  const load = Module._load;
  const find = function (request, parent, ...rest) {
    if (request === 'node:vm' && parent?.filename === file) return shared;
    return Reflect.apply(load, this, [request, parent, ...rest]);
  };
  Module._load = find;
  // Once it has called it, it asks no more, and what tests find in node:module is Node's own again.
  settle = () => {
    if (Module._load === find) Module._load = load;
    settle = () => {};
  };
};

/** How many are known. */
exports.count = () => known.size;

/** What has become known since there were `count`, but for the module `file`, as takeCode() takes it. */
exports.codeSince = function codeSince(count, file) {
  return [...known.values()]
    .slice(count)
    .filter(({ filename }) => filename !== file)
    .map(({ filename, names, source, script }) => ({ filename, names, source, cachedData: script.createCachedData() }));
};

exports.takeCode = function takeCode(codes) {
  for (const { filename, names, source, cachedData } of codes)
    if (!known.has(filename)) known.set(filename, new Code(filename, names, source, cachedData));
};

function compileFunction(source, parameters, options) {
  settle();
  const { filename, parsingContext, importModuleDynamically } = options;
  const names = parameters.join();
  try {
    if (!known.has(filename)) known.set(filename, new Code(filename, names, source));
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

  constructor(filename, names, source, cachedData) {
    const start = `(function (${names}) {`;
    const text = `${start}${source}\n})`;
    this.filename = filename;
    this.names = names;
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

// What is otherwise when a test file begins than it is in the template? What Vitest and the setup files have set by then.
//
// A module that asks for one of these globals or variables as it is imported (React's testing library asks for `afterEach`) must be imported
// by the test files themselves.

// Vitest's own doing: the template has the same console, and nobody asks for how stacks are written.
const EXPECTED = [
  ['global', /^console$/],
  ['built-in Error', /^prepareStackTrace$/],
  ['built-in Error', /^stackTraceLimit$/],
];

/** `watched`: what can be watched for. `unseen`: they replace built-in functions, and nobody can tell who keeps one of those. */
export function whatSetupFilesDo(changes) {
  const theirs = changes.filter(
    (change) => !EXPECTED.some(([object, name]) => change.object === object && name.test(change.name)),
  );
  const named = (object) =>
    theirs
      .filter((change) => change.object === object)
      .map(({ name }) => name)
      .sort();
  const global = named('global');
  const builtIn = theirs.filter(({ object }) => object.startsWith('built-in ') && !global.includes(object.slice(9)));
  return { watched: { global, env: named('env') }, unseen: builtIn.length > 0 };
}

// A test runner that loads everything once and runs each test in a fork: no test sees what another one left behind.
//
//   node examples/test-per-fork/main.mjs
import assert from 'node:assert/strict';
import posix from 'posix-fork';

const state = { users: [] }; // what costly set-up would have made

const tests = {
  'adds a user': () => assert.equal(state.users.push('ada'), 1),
  'starts empty': () => assert.deepEqual(state.users, []),
  'fails for a reason': () => assert.equal(state.users.length, 1),
  'may crash': () => process.abort(),
};

for (const [name, test] of Object.entries(tests)) {
  const child = await posix.forkRun(test, { signal: AbortSignal.timeout(5000) });
  const outcome = await child.result.then(
    () => 'ok',
    (error) => `not ok: ${error.message.split('\n')[0]}`,
  );
  console.log(`${name}: ${outcome}`);
}

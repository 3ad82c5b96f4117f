// Do the examples that fork run as they say?
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../support/run.mjs';

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
const runExample = (name) => runCommand([process.execPath, `${EXAMPLES}${name}/main.mjs`], { deadline: 25_000 });

describe('examples', () => {
  it('test-per-fork: no test sees what another left behind', async () => {
    const { stdout } = await runExample('test-per-fork');
    const [first, second, third, ...crash] = stdout.trim().split('\n');
    assert.deepEqual([first, second], ['adds a user: ok', 'starts empty: ok']);
    assert.match(third, /^fails for a reason: not ok: Expected values/);
    assert.match(crash.at(-1), /^may crash: not ok: .*SIGABRT/);
  });

  it('prefork-server: the children answer, and the parent does not', async () => {
    const { code, stdout } = await runExample('prefork-server');
    assert.equal(code, 0, stdout);
    const answers = [...stdout.matchAll(/^\d+: (\d+)$/gm)].map(([, answer]) => Number(answer));
    assert.deepEqual(answers, [1, 4, 9, 16, 25]);
    assert.equal(stdout.split("signal: 'SIGTERM'").length - 1, 2);
  });
});

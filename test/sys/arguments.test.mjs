// Does a wrong argument get a typed error that names it, before anything has happened?
import assert from 'node:assert/strict';
import { report, runFixture } from '../helpers/run.mjs';

const EXPECTED = {
  'fork(5)': ['TypeError', 'ERR_INVALID_ARG_TYPE', 'options'],
  'fork(null)': ['TypeError', 'ERR_INVALID_ARG_TYPE', 'options'],
  'fork([])': ['TypeError', 'ERR_INVALID_ARG_TYPE', 'options'],
  "fork({ runtime: 'x' })": ['TypeError', 'ERR_INVALID_ARG_VALUE', 'options.runtime'],
  "fork({ quiesceTimeout: '1' })": ['TypeError', 'ERR_INVALID_ARG_TYPE', 'options.quiesceTimeout'],
  'fork({ quiesceTimeout: -1 })': ['RangeError', 'ERR_OUT_OF_RANGE', 'options.quiesceTimeout'],
  'fork({ quiesceTimeout: NaN })': ['RangeError', 'ERR_OUT_OF_RANGE', 'options.quiesceTimeout'],
  'fork({ quiesceTimeout: 2 ** 40 })': ['RangeError', 'ERR_OUT_OF_RANGE', 'options.quiesceTimeout'],
  "_exit('1')": ['TypeError', 'ERR_INVALID_ARG_TYPE', 'code'],
  '_exit(300)': ['RangeError', 'ERR_OUT_OF_RANGE', 'code'],
  '_exit(-1)': ['RangeError', 'ERR_OUT_OF_RANGE', 'code'],
  '_exit(1.5)': ['RangeError', 'ERR_OUT_OF_RANGE', 'code'],
  "waitpid('1')": ['TypeError', 'ERR_INVALID_ARG_TYPE', 'pid'],
  'waitpid(2 ** 40)': ['RangeError', 'ERR_OUT_OF_RANGE', 'pid'],
  'waitpid(NaN)': ['RangeError', 'ERR_OUT_OF_RANGE', 'pid'],
  "waitpidSync('1')": ['TypeError', 'ERR_INVALID_ARG_TYPE', 'pid'],
  'waitpidSync(1.5)': ['RangeError', 'ERR_OUT_OF_RANGE', 'pid'],
  'waitpidSync(123, 1024)': ['RangeError', 'ERR_OUT_OF_RANGE', 'options'],
  'waitpidSync(123, { nohang: 1 })': ['TypeError', 'ERR_INVALID_ARG_TYPE', 'options.nohang'],
  'fork({ keep: [worker] })': ['TypeError', 'ERR_INVALID_ARG_VALUE', 'threads do not come along'],
  'fork() in a Worker': ['Error', 'ERR_FORK_IN_WORKER', 'Worker'],
};

describe('a wrong call', () => {
  let result;
  before(async () => (result = report(await runFixture('fork/fork-errors.mjs'))));

  for (const [call, [name, code, argument]] of Object.entries(EXPECTED)) {
    it(`${call} throws ${code}`, () => {
      const [seenName, seenCode, message, firstLine] = result.errors[call];
      assert.deepEqual([seenName, seenCode], [name, code]);
      assert.ok(message.includes(argument), message);
      if (firstLine) assert.ok(firstLine.startsWith(`${name} [${code}]: `), firstLine);
    });
  }

  it('forks nothing', () => assert.equal(result.children, ''));
});

// Are the calls of one line what the manual says?
import assert from 'node:assert/strict';
import { runFixture } from '../helpers/run.mjs';

const holds = async (claim) => {
  const { code, stderr } = await runFixture('process/ids.mjs', [claim]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
};

describe('the process', () => {
  it('knows its ids, group and session', () => holds('ids'));
  it('changes its group and session', () => holds('setters'));
  it('makes pipes, socket pairs and copies that no exec passes on', () => holds('descriptors'));
  it('is sent its signal when its parent ends', () => holds('pdeathsig'));
  it('reaps the orphans that it is given, and no others', () => holds('orphans'));
});

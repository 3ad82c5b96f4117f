// Are the calls of one line what the manual says?
import { claimsOf } from '../helpers/claims.mjs';

const holds = claimsOf('process/ids.mjs');

describe('the process', () => {
  it('knows its ids, group and session', () => holds('ids'));
  it('changes its group and session', () => holds('setters'));
  it('makes pipes, socket pairs and copies that no exec passes on', () => holds('descriptors'));
  it('has the name that it gives itself, and its command line as before', () => holds('name'));
  it('sets how important a process, a group or a user is', () => holds('priority'));
  it('is sent its signal when its parent ends', () => holds('pdeathsig'));
  it('reaps the orphans that it is given, and no others', () => holds('orphans'));
});

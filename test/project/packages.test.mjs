// Does docs/libraries.md say what the packages' table says, which `npm run test:packages` tries?
import assert from 'node:assert/strict';
import { pageOfPackages } from '../packages/docs.mjs';
import { rows, titleOf, VERDICTS } from '../packages/table.mjs';

describe('the table of packages', () => {
  it('is what docs/libraries.md shows (npm run test:packages -- --docs writes it)', async () => {
    const { is, should } = await pageOfPackages();
    assert.equal(is, should);
  });

  it('has a version and a known verdict for each, of at least sixty packages', () => {
    assert.equal(new Set(rows.map(titleOf)).size, rows.length);
    assert.ok(new Set(rows.map(({ name }) => name)).size >= 60);
    for (const row of rows) {
      assert.match(row.version, /^\d+\.\d+\.\d+$/, row.name);
      assert.ok(row.verdict in VERDICTS, row.name);
    }
  });
});

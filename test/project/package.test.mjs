// Is the package what its users import, and is it built as it must be?
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import posix, { fork, waitpid } from 'posix-fork';
import * as all from 'posix-fork';

const require = createRequire(import.meta.url);
const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');

describe('the package', () => {
  it('is the same by default import, by name and by require', () => {
    const required = require('posix-fork');
    assert.equal(required.fork, fork);
    assert.equal(posix.fork, fork);
    assert.equal(posix.waitpid, waitpid);
    for (const name of Object.keys(required)) assert.ok(name in all, `import { ${name} }`);
  });

  it('is linked so that it is never unmapped', () => {
    const flags = execFileSync('readelf', ['-d', path.join(root, 'build/Release/posix_fork.node')], {
      encoding: 'utf8',
    });
    assert.match(flags, /NODELETE/);
  });

  it('shows nothing of itself but what Node.js asks for', () => {
    const symbols = execFileSync('readelf', ['-sDW', path.join(root, 'build/Release/posix_fork.node')], {
      encoding: 'utf8',
    });
    const shown = symbols.match(/(GLOBAL|WEAK|UNIQUE) +DEFAULT +\d+ \S+/g).map((line) => line.split(' ').at(-1));
    assert.deepEqual(shown.sort(), ['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
  });

  it('needs nothing of the node binary but Node-API and libuv', () => {
    const symbols = execFileSync('readelf', ['-sDW', path.join(root, 'build/Release/posix_fork.node')], {
      encoding: 'utf8',
    });
    const undefinedOnes = symbols.match(/UND \S+/g).map((line) => line.slice(4));
    assert.ok(undefinedOnes.includes('napi_create_function'));
    assert.deepEqual(
      undefinedOnes.filter((name) => /^_ZNK?(2v8|4node)/.test(name)),
      [],
    );
  });

  describe('builds without a download of headers', () => {
    // In place of node-gyp: tells which headers it would have used.
    function nodedirOf(env) {
      const directory = mkdtempSync(path.join(tmpdir(), 'posix-fork-'));
      try {
        writeFileSync(path.join(directory, 'node-gyp'), '#!/bin/sh\necho "nodedir=$npm_config_nodedir"\n');
        chmodSync(path.join(directory, 'node-gyp'), 0o755);
        const rest = { ...process.env };
        delete rest.npm_config_nodedir;
        const output = execFileSync(process.execPath, [path.join(root, 'scripts/install.cjs'), '--rebuild'], {
          env: { ...rest, ...env, PATH: `${directory}:${process.env.PATH}` },
          encoding: 'utf8',
        });
        return output.match(/nodedir=(.*)/)[1];
      } finally {
        rmSync(directory, { recursive: true });
      }
    }

    it('with those that the user configured', () => {
      assert.equal(nodedirOf({ npm_config_nodedir: '/somewhere' }), '/somewhere');
    });

    it('with those beside the running binary', () => {
      assert.equal(nodedirOf({}), path.resolve(process.execPath, '../..'));
    });
  });
});

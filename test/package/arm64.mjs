// Does the prebuilt addon for arm64 work, as far as an emulator on x64 can tell?
//
// npm run test:arm64. The official arm64 builds of Node.js run under qemu-user, which emulates system calls one by one: /proc
// shows the host's threads in the host's system calls, and a clone(2) without an exit signal is refused. So `fork()` ends in the
// error that says so, before it forks; everything else runs.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'mocha';
import { install, VERSIONS } from '../../scripts/support/nodes.mjs';

const ROOT = path.join(import.meta.dirname, '../..');
const PREBUILD = path.join(ROOT, 'prebuilds/linux-arm64/posix-fork.glibc.node');
const SYSROOT = '/usr/aarch64-linux-gnu';
const PACKAGES = 'apt-get install qemu-user g++-aarch64-linux-gnu';

describe('the prebuilt addon for arm64', function () {
  this.timeout(300_000);
  before(() => {
    assert.equal(spawnSync('qemu-aarch64', ['--version']).status, 0, PACKAGES);
    assert.ok(existsSync(SYSROOT), PACKAGES);
    if (!existsSync(PREBUILD)) execFileSync(process.execPath, ['scripts/prebuild.mjs', 'arm64'], { cwd: ROOT });
  });

  for (const version of VERSIONS) {
    describe(`on Node.js ${version}, emulated`, () => {
      let found;
      before(() => {
        const node = path.join(install(version, 'arm64'), 'node');
        const fixture = path.join(ROOT, 'test/package/emulated.cjs');
        const output = execFileSync('qemu-aarch64', ['-L', SYSROOT, node, fixture], {
          encoding: 'utf8',
        });
        found = JSON.parse(output);
      });

      it('is loaded', () => {
        assert.equal(found.arch, 'arm64');
        assert.equal(found.addon, PREBUILD);
      });

      it('finds all that a full fork needs in the node binary', () => {
        // Large pages are the machine's to have.
        const { facts, tested, largePages, ...others } = found.support;
        assert.equal(largePages.inUse, false);
        assert.ok(tested.here && facts.every(({ holds }) => holds !== false));
        assert.deepEqual(others, {
          fork: 'full',
          reasons: [],
          leaks: [],
          spawn: { cwd: true, foreground: true, closing: 'all', missing: [] },
        });
      });

      it('spawns, and waits', () => {
        assert.deepEqual(found.exited, { state: 'exited', code: 5 });
        assert.deepEqual(found.signaled, { state: 'signaled', signal: 'SIGKILL' });
        // ENOENT elsewhere: posix_spawn(3) learns of it through memory that an emulated vfork does not share.
        assert.equal(found.noSuchProgram, 127);
        assert.equal(found.noSuchChild, 'ECHILD');
      });

      it('makes descriptors, and sees its process group and its threads', () => {
        assert.equal(found.throughPipe, 'hello');
        assert.ok(found.pgid > 0);
        assert.ok(found.threads > 4);
      });

      it('does not fork where it cannot see its threads, and says so', () => {
        assert.equal(found.fork, 'ERR_FORK_BUSY');
        assert.equal(found.bareFork, 'EINVAL');
      });
    });
  }
});

// Does the prebuilt addon for arm64 do all that it does on x64, on a whole machine that is emulated?
//
// npm run test:arm64 -- test/package/arm64-machine.mjs. qemu-user (arm64.mjs) passes system calls on to the host's kernel, and cannot fork a process
// with threads; here Linux for arm64 runs, in qemu-system-aarch64, from a disk in memory: busybox, Node.js, the package. A minute for each version.
// It wants what Debian has: `apt-get install qemu-system-arm g++-aarch64-linux-gnu cpio`; and the kernel and busybox, unpacked in the folder that
// POSIX_FORK_ARM64 names: `dpkg --add-architecture arm64; apt-get download linux-image-…-arm64 busybox-static:arm64; dpkg-deb -x`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { install, VERSIONS } from '../../scripts/support/nodes.mjs';

const ROOT = path.join(import.meta.dirname, '../..');
const FOLDER = process.env.POSIX_FORK_ARM64;
const LIBRARIES = '/usr/aarch64-linux-gnu/lib';
const NAMES = [
  'libc.so.6',
  'libm.so.6',
  'libdl.so.2',
  'libpthread.so.0',
  'libstdc++.so.6',
  'libgcc_s.so.1',
  'libatomic.so.1',
];
const INIT = `#!/bin/sh
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mkdir -p /dev/pts
mount -t devpts devpts /dev/pts; mount -t tmpfs tmp /tmp; mount -t cgroup2 cgroup /cgroup
# Of a version that was not tested the first fork tries one beforehand, for which an emulator takes too long.
export POSIX_FORK_TRIAL=skip
node /package/test/package/machine.cjs
poweroff -f
`;

describe('the prebuilt addon for arm64, on a machine', function () {
  this.timeout(600_000);
  let scratch;
  before(function () {
    if (!FOLDER) this.skip();
    scratch = mkdtempSync(path.join(tmpdir(), 'posix-fork-arm64-'));
    if (!existsSync(`${ROOT}/prebuilds/linux-arm64`))
      execFileSync(process.execPath, ['scripts/prebuild.mjs', 'arm64'], { cwd: ROOT });
  });
  after(() => scratch && rmSync(scratch, { recursive: true }));

  for (const version of VERSIONS) {
    it(`forks, spawns, and has all the rest, on Node.js ${version}`, () => {
      const { arch, support, 'joining namespaces': joined, ...found } = boot(version);
      assert.match(joined, /^[2-9] exited 0$/); // not 1, which is whose they were
      assert.deepEqual([arch, support], ['arm64', ['full', []]]);
      assert.deepEqual(found, {
        spawn: 'hello exited 5',
        'spawn of nothing': "ENOENT: no such file or directory, spawn '/no/such'",
        'spawn as somebody else': '65534 0077 exited 0',
        'in a cgroup': '0::/one exited 0',
        'in a cgroup, fifty times': 50,
        'of nothing in a cgroup': "ENOENT: no such file or directory, spawn '/no/such'",
        'in namespaces and a cgroup': '1 0 exited 0',
        'a terminal': ['5 50', 2002, 0],
        'descriptors through a socket': 2,
        fork: 7,
        'fork, and a natural end': 8,
        forkRun: 100_000,
        forkMap: [2, 4, 6, 8],
        generations: 'deep',
        execve: 9,
      });
    });
  }

  function boot(version) {
    const disk = path.join(scratch, version);
    for (const folder of [
      'bin',
      'lib',
      'proc',
      'sys',
      'dev',
      'tmp',
      'cgroup',
      'package/node_modules',
      'package/test/package',
    ])
      mkdirSync(path.join(disk, folder), { recursive: true });
    const put = (from, to) => cpSync(from, path.join(disk, to), { recursive: true, dereference: true });
    put(path.join(FOLDER, 'bin/busybox'), 'bin/busybox');
    for (const name of ['sh', 'mount', 'mkdir', 'poweroff', 'cat', 'id', 'true', 'sleep', 'stty', 'seq'])
      symlinkSync('busybox', path.join(disk, 'bin', name));
    put(path.join(install(version, 'arm64'), 'node'), 'bin/node');
    for (const name of ['ld-linux-aarch64.so.1', ...NAMES]) put(path.join(LIBRARIES, name), `lib/${name}`);
    for (const name of ['dist', 'package.json', 'prebuilds', 'node_modules/node-gyp-build', 'test/package/machine.cjs'])
      put(path.join(ROOT, name), `package/${name}`);
    writeFileSync(path.join(disk, 'init'), INIT);
    chmodSync(path.join(disk, 'init'), 0o755);
    execFileSync('sh', ['-c', `cd ${disk} && find . | cpio -o -H newc --quiet > ${disk}.cpio`]);
    rmSync(disk, { recursive: true });
    const kernel = readdirSync(path.join(FOLDER, 'boot')).find((name) => name.startsWith('vmlinuz'));
    const output = execFileSync(
      'qemu-system-aarch64',
      [
        ...['-M', 'virt', '-cpu', 'cortex-a72', '-smp', '2', '-m', '1800', '-nic', 'none', '-nographic', '-no-reboot'],
        ...['-kernel', path.join(FOLDER, 'boot', kernel), '-initrd', `${disk}.cpio`],
        ...['-append', 'console=ttyAMA0 quiet panic=1 rdinit=/init'],
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 500_000 },
    );
    rmSync(`${disk}.cpio`);
    const found = /FOUND (\{.*\})/.exec(output)?.[1];
    assert.ok(found, output.slice(-3000));
    return JSON.parse(found);
  }
});

// Where is the Node.js of a Debian release, whose own code lies in libnode.so and libuv.so?
//
// In a folder of its own, made by debootstrap (as root, from Debian's mirror, 300 to 400 MB), with this machine's /tmp,
// /dev and /proc and the package's folder.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '../..');
const cache = path.join(root, 'node_modules/.cache/posix-fork-debian');

/** A command that is this release's `node`: 'trixie', 'sid'. Makes the folder if it is not there. */
export function installDebian(suite) {
  const folder = path.join(cache, suite);
  const command = path.join(cache, `node-${suite}`);
  if (!existsSync(path.join(folder, 'usr/bin/node'))) {
    mkdirSync(folder, { recursive: true });
    const from = process.env.POSIX_FORK_DEBIAN ?? 'http://deb.debian.org/debian';
    execFileSync('debootstrap', ['--variant=minbase', '--include=nodejs,ca-certificates', suite, folder, from], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  for (const file of ['etc/hosts', 'etc/resolv.conf']) copyFileSync(`/${file}`, path.join(folder, file));
  // The package may lie in one folder and its node_modules, by a link, in another.
  const shared = [
    ...new Set(['/tmp', '/dev', '/proc', root, path.dirname(realpathSync(path.join(root, 'node_modules')))]),
  ];
  const inner = 'cd "$0" && exec node "$@"';
  const lines = [
    '#!/bin/sh',
    `[ -n "$IN_ITS_OWN" ] || exec env IN_ITS_OWN=yes unshare --mount "$0" "$@"`,
    'unset IN_ITS_OWN',
    ...shared.map((name) => `mkdir -p ${quote(folder + name)} && mount --rbind ${quote(name)} ${quote(folder + name)}`),
    `exec chroot ${quote(folder)} sh -c ${quote(inner)} "$PWD" "$@"`,
  ];
  writeFileSync(command, `${lines.join('\n')}\n`);
  chmodSync(command, 0o755);
  return command;
}

function quote(text) {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

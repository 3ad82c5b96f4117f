// Does what `npm publish` would send install and run, without a compiler, a network, or this repository?
//
// npm run test:package. Builds the prebuilt addon if there is none that is newer than its sources, and fetches the versions of
// Node.js as the matrix does.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import { install, VERSIONS } from '../../scripts/support/nodes.mjs';
import { blocksOfPage } from '../helpers/code-blocks.mjs';

const ROOT = path.join(import.meta.dirname, '../..');
const PREBUILD = path.join(ROOT, `prebuilds/linux-${process.arch}/posix-fork.glibc.node`);

// With both prebuilt addons the tarball has 505 kB and 1,292 kB unpacked, 795 kB of which are theirs.
const LARGEST = { size: 800_000, unpackedSize: 2_450_000 }; // bytes
const ALLOWED = [
  /^(CHANGELOG|LICENSE|README)(\.md)?$/,
  /^(package\.json|binding\.gyp|scripts\/(install|node-headers)\.cjs)$/,
  /^dist\/([\w-]+\/)?[\w-]+\.(js|mjs|d\.ts|d\.mts)$/,
  /^docs\/[\w-]+\.md$/,
  /^native\/(\w+\/)?\w+\.(cc|h|map)$/,
  /^prebuilds\/linux-(x64|arm64)\/posix-fork\.glibc\.node$/,
];

// The README's first program is each of these in turn, as a stranger would write it.
const BODY = `
const pid = posix.fork();
if (pid === 0) posix._exit(42);
const status = await posix.waitpid(pid);
console.log(status.state, status.state === 'exited' && status.code);
`;
const NAMED = BODY.replaceAll('posix.', '');
const PROGRAMS = {
  'readme.mjs': blocksOfPage(path.join(ROOT, 'README.md'), 'README.md').find(({ kind }) => kind === 'program').code,
  'default.mjs': `import posix from 'posix-fork';${BODY}`,
  'named.mjs': `import { _exit, fork, waitpid } from 'posix-fork';${NAMED}`,
  'namespace.mjs': `import * as posix from 'posix-fork';${BODY}`,
  'program.cjs': `const posix = require('posix-fork'); (async () => {${BODY}})();`,
  'destructured.cjs': `const { _exit, fork, waitpid } = require('posix-fork'); (async () => {${NAMED}})();`,
};
const TYPED = {
  'default.mts': PROGRAMS['default.mjs'],
  'named.mts': PROGRAMS['named.mjs'],
  'namespace.cts': `import * as posix from 'posix-fork'; void (async () => {${BODY}})();`,
  'required.cts': `import posix = require('posix-fork'); void (async () => {${BODY}})();`,
};
const STRICT = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false', '--types', 'node'];
const LIBRARY = ['--target', 'es2022', '--lib', 'es2023,esnext.disposable'];
const RESOLUTIONS = {
  node16: { options: ['--module', 'node16'], files: Object.keys(TYPED) },
  nodenext: { options: ['--module', 'nodenext'], files: Object.keys(TYPED) },
  bundler: {
    options: ['--module', 'esnext', '--moduleResolution', 'bundler'],
    files: Object.keys(TYPED).filter((file) => file.endsWith('.mts')),
  },
};

describe('the packed package', function () {
  this.timeout(300_000);
  // A space in the path is what users have.
  const directory = mkdtempSync(path.join(realpathSync(tmpdir()), 'posix-fork package-'));
  const project = path.join(directory, 'project');
  const installed = path.join(project, 'node_modules/posix-fork');
  const bin = path.join(directory, 'bin');
  // No compiler, no make, no Python: what npm itself needs, and nothing else.
  const env = { PATH: bin, HOME: directory, npm_config_offline: 'true', npm_config_audit: 'false' };
  let tarball;
  let report;

  before(() => {
    buildIfOld();
    ({ tarball, report } = pack(ROOT, directory));
    mkdirSync(bin);
    mkdirSync(project);
    symlinkSync(process.execPath, path.join(bin, 'node'));
    symlinkSync('/bin/sh', path.join(bin, 'sh'));
    for (const [name, code] of Object.entries({ ...PROGRAMS, ...TYPED })) writeFileSync(path.join(project, name), code);
  });
  after(() => rmSync(directory, { recursive: true }));

  it('has what it needs, nothing else, and is small', () => {
    const files = report.files.map((file) => file.path);
    assert.deepEqual(
      files.filter((file) => !ALLOWED.some((pattern) => pattern.test(file))),
      [],
    );
    for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md', 'binding.gyp', path.relative(ROOT, PREBUILD)]) {
      assert.ok(files.includes(file), file);
    }
    // What a module that is no more has left in dist/ would be sent, too.
    const sources = readdirSync(path.join(ROOT, 'lib'), { recursive: true }).filter((name) => /\.m?ts$/.test(name));
    const expected = sources.flatMap((name) => [
      name.replace(/ts$/, 'js'),
      name.replace(/(m?)ts$/, (extension) => `d.${extension}`),
    ]);
    assert.deepEqual(
      files
        .filter((file) => file.startsWith('dist/'))
        .map((file) => file.slice('dist/'.length))
        .sort(),
      expected.sort(),
    );
    for (const [name, limit] of Object.entries(LARGEST)) {
      assert.ok(report[name] < limit, `${name} ${report[name]} is not below ${limit}`);
    }
  });

  it('has nothing that publint finds fault with', () => {
    execFileSync(tool('publint'), [tarball, '--strict'], { cwd: ROOT, encoding: 'utf8' });
  });

  it('has types that are found by every kind of resolution (attw)', () => {
    execFileSync(tool('attw'), [tarball], { cwd: ROOT, encoding: 'utf8' });
  });

  it('installs without a compiler and a network, and builds nothing', () => {
    for (const name of ['cc', 'gcc', 'g++', 'make', 'python3']) {
      assert.equal(spawnSync('sh', ['-c', `command -v ${name}`], { env }).status === 0, false, name);
    }
    installInto(project, tarball, env, directory);
    assert.ok(!existsSync(path.join(installed, 'build')), 'there is a build');
  });

  for (const [name, { options, files }] of Object.entries(RESOLUTIONS)) {
    it(`compiles with TypeScript's resolution ${name}`, () => {
      linkTypesOfNode(project);
      const args = [...options, ...STRICT, ...LIBRARY, '--outDir', name, '--rootDir', '.', ...files];
      const { stdout, status } = spawnSync(tool('tsc'), args, { cwd: project, encoding: 'utf8' });
      assert.equal(status, 0, stdout);
    });
  }

  for (const version of VERSIONS) {
    describe(`on Node.js ${version}`, () => {
      let node;
      before(() => {
        node = path.join(install(version), 'node');
      });

      const compiled = Object.entries(RESOLUTIONS).flatMap(([name, { files }]) =>
        files.map((file) => `${name}/${file.replace(/ts$/, 'js')}`),
      );
      for (const program of [...Object.keys(PROGRAMS), ...compiled]) {
        it(`runs ${program}`, () => {
          const output = execFileSync(node, [program], { cwd: project, env, encoding: 'utf8' });
          assert.equal(output, program === 'readme.mjs' ? '42\n' : 'exited 42\n');
        });
      }

      it('loads the prebuilt addon', () => {
        const print = "require('posix-fork'); console.log(require('fs').readFileSync('/proc/self/maps', 'utf8'))";
        const maps = execFileSync(node, ['-e', print], { cwd: project, env, encoding: 'utf8' });
        assert.ok(maps.includes(path.join(installed, path.relative(ROOT, PREBUILD))));
      });

      it('has the command', () => {
        const output = execFileSync(node, [path.join(project, 'node_modules/.bin/posix-fork'), 'doctor'], { env });
        assert.match(output.toString(), /A full fork works here\./);
      });
    });
  }

  describe('where no prebuilt addon fits', () => {
    const bare = path.join(directory, 'bare');
    before(() => {
      mkdirSync(bare);
      cpSync(path.join(project, 'node_modules'), path.join(bare, 'node_modules'), { recursive: true });
      rmSync(path.join(bare, 'node_modules/posix-fork/prebuilds'), { recursive: true });
    });

    it('can be imported, and says why nothing works and what helps', () => {
      const program = `import posix from 'posix-fork';
        try { posix.fork(); } catch ({ code, message }) { console.log(code, message); }`;
      const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: bare, env });
      assert.match(
        output.toString(),
        /^ERR_FORK_UNSUPPORTED_RUNTIME posix-fork does not work here: its addon cannot be loaded: No native build was found for .*libc=glibc.*\. Where there is no prebuilt one, `npm rebuild posix-fork` builds it, with .*docs\/platforms\.md\n$/,
      );
    });

    it('says without a compiler what is missing', () => {
      const { status, stderr } = rebuild(env);
      assert.notEqual(status, 0);
      assert.match(
        stderr,
        /^posix-fork: no prebuilt addon works on linux-\w+ with glibc [\d.]+, and it could not be /m,
      );
    });

    it('is built from source with one, also in a folder with a space in its name', () => {
      const { status, stdout, stderr } = rebuild({ ...env, PATH: `${bin}:${process.env.PATH}` });
      assert.equal(status, 0, stdout + stderr);
      assert.ok(existsSync(path.join(bare, 'node_modules/posix-fork/build/Release/posix_fork.node')));
      cpSync(path.join(project, 'readme.mjs'), path.join(bare, 'readme.mjs'));
      assert.equal(execFileSync(process.execPath, ['readme.mjs'], { cwd: bare, env, encoding: 'utf8' }), '42\n');
    });

    function rebuild(environment) {
      const args = [npm(), 'rebuild', 'posix-fork', '--foreground-scripts'];
      return spawnSync(process.execPath, args, { cwd: bare, env: environment, encoding: 'utf8' });
    }
  });
});

function buildIfOld() {
  const sources = [
    'binding.gyp',
    ...readdirSync(path.join(ROOT, 'native'), { recursive: true }).map((name) => `native/${name}`),
  ];
  const changed = Math.max(...sources.map((file) => statSync(path.join(ROOT, file)).mtimeMs));
  if (existsSync(PREBUILD) && statSync(PREBUILD).mtimeMs > changed) return;
  execFileSync(process.execPath, ['scripts/prebuild.mjs', process.arch], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function pack(folder, destination) {
  // Without its messages, in which `prepare` takes part.
  const args = [npm(), 'pack', '--json', '--pack-destination', destination];
  const [report] = JSON.parse(
    execFileSync(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  return { tarball: path.join(destination, report.filename), report };
}

// The dependencies come from this repository: as tarballs of the project's own, of which the package's ranges allow.
function installInto(project, tarball, env, directory) {
  const dependencies = { 'posix-fork': `file:${tarball}` };
  for (const name of Object.keys(JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')).dependencies)) {
    dependencies[name] = `file:${pack(path.join(ROOT, 'node_modules', name), directory).tarball}`;
  }
  writeFileSync(path.join(project, 'package.json'), JSON.stringify({ name: 'stranger', dependencies }));
  const { status, stdout, stderr } = spawnSync(process.execPath, [npm(), 'install', '--foreground-scripts'], {
    cwd: project,
    env,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
}

function linkTypesOfNode(project) {
  const types = path.join(project, 'node_modules/@types');
  if (existsSync(types)) return;
  mkdirSync(types);
  symlinkSync(path.join(ROOT, 'node_modules/@types/node'), path.join(types, 'node'));
}

function npm() {
  return process.env.npm_execpath ?? realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim());
}

function tool(name) {
  return path.join(ROOT, 'node_modules/.bin', name);
}

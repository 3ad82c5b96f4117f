// Tools, and what holds no thread, no handle and no addon.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const tools = [
  {
    name: 'signal-exit',
    version: '4.1.0',
    verdict: 'works',
    note: 'Its hooks run at the end of a child of `fork()`, too, but for `_exit()`; not in `forkRun()`.',
    async open({ load }) {
      const { onExit } = await load('signal-exit');
      return {
        use() {
          onExit(() => {})();
          return true;
        },
      };
    },
  },
  {
    name: 'proper-lockfile',
    version: '4.1.2',
    verdict: 'own',
    shared: true,
    note: 'A lock is the parent’s: `check()` says true, `lock()` says `ELOCKED`. **The end of a child of `fork()` removes it**, but for `_exit()`; that of `forkRun()` does not.',
    async open({ load, scratch }) {
      const { default: lockfile } = await load('proper-lockfile');
      const file = `${scratch}/locked-${process.pid}`;
      writeFileSync(file, '');
      return {
        async use() {
          await (
            await lockfile.lock(file)
          )();
          return true;
        },
      };
    },
  },
  {
    name: 'execa',
    version: '9.6.1',
    verdict: 'works',
    note: 'Processes that the parent had started are the parent’s.',
    async open({ load }) {
      const { execa } = await load('execa');
      return { use: async () => (await execa('echo', ['hello'])).stdout === 'hello' };
    },
  },
  {
    name: 'chokidar',
    version: '5.0.0',
    verdict: 'own',
    note: 'What is watched is the parent’s.',
    async open({ load, scratch }) {
      const { watch } = await load('chokidar');
      const folder = `${scratch}/watched-${process.pid}`;
      mkdirSync(folder);
      const watcher = watch(folder, { ignoreInitial: true });
      await new Promise((resolve) => watcher.once('ready', resolve));
      return {
        async use() {
          const seen = new Promise((resolve) => watcher.once('add', resolve));
          writeFileSync(path.join(folder, `file ${process.pid} ${count++}`), '');
          await seen;
          return true;
        },
        close: () => watcher.close(),
      };
    },
  },
  {
    name: 'synckit',
    version: '0.12.3',
    verdict: 'never',
    warning: /Worker/,
    note: 'A call to an inherited Worker blocks the child for ever, and it keeps one for each file of tasks.',
    async open({ load, folder, scratch }) {
      const { createSyncFn } = await load('synckit');
      const file = `${scratch}/sync.mjs`;
      const { pathToFileURL } = await import('node:url');
      const synckit = pathToFileURL(path.join(folder, 'node_modules/synckit/lib/index.js'));
      writeFileSync(file, `import { runAsWorker } from '${synckit}'; runAsWorker(async (n) => n * 7);`);
      const call = createSyncFn(file);
      return { use: () => call(6) === 42 };
    },
  },
  {
    name: 'import-in-the-middle',
    version: '3.6.0',
    verdict: 'works',
    warning: /Worker/,
    note: 'The thread of module hooks is started anew when the child imports something.',
    async open({ load, folder, scratch }) {
      const { register } = await import('node:module');
      const { pathToFileURL } = await import('node:url');
      if (count++ === 0) register('import-in-the-middle/hook.mjs', pathToFileURL(`${folder}/`));
      const { Hook } = await load('import-in-the-middle');
      return {
        async use() {
          const name = `hooked ${process.pid} ${count++}`;
          const file = `${scratch}/${name}.mjs`;
          writeFileSync(file, 'export let n = 1;');
          const hook = new Hook((exported, found) => {
            if (found.includes(encodeURI(name)) || found.includes(name)) exported.n = 42;
          });
          const { n } = await import(pathToFileURL(file).href);
          hook.unhook();
          return n === 42;
        },
      };
    },
  },
  {
    name: '@opentelemetry/sdk-node',
    version: '0.223.0',
    verdict: 'works',
    note: 'What the parent had collected is sent by both: `registerAtFork({ before })` can have it flushed.',
    async open({ load }) {
      const { NodeSDK, tracing } = await load('@opentelemetry/sdk-node');
      const exporter = new tracing.InMemorySpanExporter();
      const sdk = new NodeSDK({ spanProcessors: [new tracing.SimpleSpanProcessor(exporter)], instrumentations: [] });
      sdk.start();
      const { default: api } = await load('@opentelemetry/api');
      return {
        async use() {
          api.trace.getTracer('test').startSpan('span').end();
          return api.trace.getTracer('test') !== undefined;
        },
      };
    },
  },
  {
    name: 'dd-trace',
    version: '5.132.0',
    verdict: 'works',
    note: 'Without an agent that it could send to; with `startupLogs: false`.',
    async open({ load }) {
      const { default: ddTrace } = await load('dd-trace');
      const tracer = ddTrace.init({ startupLogs: false, runtimeMetrics: false, remoteConfig: { enabled: false } });
      return { use: () => tracer.trace('work', () => 42) === 42 };
    },
  },
  ...[
    plain(
      'jsdom',
      '29.1.1',
      (jsdom) => new jsdom.JSDOM('<p>hello</p>').window.document.querySelector('p').textContent === 'hello',
    ),
    plain('cheerio', '1.2.0', ({ load }) => load('<p>hello</p>')('p').text() === 'hello'),
    plain(
      '@babel/core',
      '7.29.13',
      ({ default: babel }) => babel.transformSync('let a = 1', { configFile: false }).code === 'let a = 1;',
    ),
    plain('terser', '5.51.4', async ({ minify }) =>
      (await minify('let a = 6 * 7; console.log(a)')).code.includes('42'),
    ),
    plain(
      'postcss',
      '8.5.33',
      ({ default: postcss }) => postcss([]).process('a { }', { from: undefined }).css === 'a { }',
    ),
    plain('typescript', '6.0.3', ({ default: ts }) => ts.transpile('let a: number = 1').includes('a = 1')),
    plain('prettier', '3.10.1', async ({ format }) => (await format('a  =  1', { parser: 'babel' })) === 'a = 1;\n'),
    plain(
      'eslint',
      '10.15.0',
      ({ Linter }) => new Linter().verify('let a = 1;', [{ rules: { 'no-unused-vars': 'error' } }]).length === 1,
    ),
    plain('rollup', '4.68.8', async ({ rollup }, { scratch }) => {
      const bundle = await rollup({ input: source(scratch) });
      const { output } = await bundle.generate({});
      return output[0].code.includes('answer');
    }),
    plain('webpack', '5.112.2', ({ default: webpack }, { scratch }) => {
      const output = { path: `${scratch}/packed` };
      return new Promise((resolve, reject) =>
        webpack({ entry: source(scratch), mode: 'none', context: scratch, output }, (error, stats) =>
          error ? reject(error) : resolve(!stats.hasErrors()),
        ),
      );
    }),
    plain('tar', '7.5.23', async (tar, { scratch }) => {
      const file = `${scratch}/${process.pid}.tgz`;
      await tar.create({ gzip: true, file, cwd: scratch }, [path.basename(source(scratch))]);
      return spawnSync('tar', ['tzf', file], { encoding: 'utf8' }).stdout.includes('source.js');
    }),
    plain(
      'graceful-fs',
      '4.2.12',
      ({ default: fs }, { scratch }) =>
        new Promise((resolve) => {
          fs.readFile(source(scratch), (error, data) => resolve(data.length > 0));
        }),
    ),
    plain('fs-extra', '11.4.1', async ({ default: fs }, { scratch }) => {
      await fs.outputJson(`${scratch}/a/b.json`, { n: 42 });
      return (await fs.readJson(`${scratch}/a/b.json`)).n === 42;
    }),
    plain('lodash', '4.18.1', ({ default: _ }) => _.chunk([1, 2, 3], 2).length === 2),
    plain(
      'dayjs',
      '1.11.23',
      ({ default: dayjs }) => dayjs('2026-01-31').add(1, 'month').format('YYYY-MM-DD') === '2026-02-28',
    ),
    plain('rxjs', '7.8.2', async ({ firstValueFrom, timer }) => (await firstValueFrom(timer(1))) === 0),
    plain('zod', '4.6.7', ({ z }) => z.object({ n: z.number() }).parse({ n: 42 }).n === 42),
    plain('ajv', '8.20.0', ({ default: { default: Ajv } }) => new Ajv().compile({ type: 'number' })(42)),
    plain('yargs', '18.2.0', ({ default: yargs }) => yargs(['--n', '42']).parse().n === 42),
    plain(
      'commander',
      '14.0.3',
      ({ Command }) => new Command().option('-n <n>').parse(['-n', '42'], { from: 'user' }).opts().n === '42',
    ),
    plain('lru-cache', '11.5.3', ({ LRUCache }) => new LRUCache({ max: 2, ttl: 60_000 }).set('n', 42).get('n') === 42),
    plain('p-limit', '7.3.3', async ({ default: limit }) => (await limit(1)(async () => 42)) === 42),
  ],
];

let count = 0;

/** What only computes, or reads and writes files. */
function plain(name, version, use) {
  return {
    name,
    version,
    verdict: 'works',
    async open(kit) {
      const loaded = await kit.load(name);
      return { use: () => use(loaded, kit) };
    },
  };
}

function source(scratch) {
  const file = `${scratch}/source.js`;
  if (!existsSync(file) || readFileSync(file, 'utf8') === '') writeFileSync(file, 'export const answer = 6 * 7;');
  return file;
}

// Addons, and what has threads or processes of its own.
import { writeFileSync } from 'node:fs';

export const native = [
  {
    name: 'sharp',
    version: '0.35.5',
    quick: true,
    verdict: 'never',
    warning: /of @img\/sharp-libvips .*do not use it in the child/,
    note: 'libvips has threads of its own, which a child does not have.',
    async open({ load }) {
      const { default: sharp } = await load('sharp');
      const image = { create: { width: 64, height: 64, channels: 3, background: '#336699' } };
      return { use: async () => (await sharp(image).resize(8).png().toBuffer()).length > 50 };
    },
  },
  {
    name: 'esbuild',
    version: '0.28.2',
    quick: true,
    verdict: 'works',
    note: 'The child’s first call starts its service anew.',
    async open({ load }) {
      const { default: esbuild } = await load('esbuild');
      return {
        use: async () => (await esbuild.transform('let a: number = 1', { loader: 'ts' })).code === 'let a = 1;\n',
        close: () => esbuild.stop(),
      };
    },
  },
  {
    name: 'onnxruntime-node',
    version: '1.30.0',
    quick: true,
    verdict: 'works',
    warning: /of onnxruntime-node/,
    note: 'Also a model that is run by several threads: what a thread does not take, the caller does.',
    open: (kit) => openModel(kit, { intraOpNumThreads: 2 }),
  },
  {
    name: 'onnxruntime-node',
    variant: "`executionMode: 'parallel'`",
    version: '1.30.0',
    verdict: 'own',
    warning: /of onnxruntime-node/,
    note: 'An inherited session blocks the child for ever.',
    open: (kit) => openModel(kit, { executionMode: 'parallel', interOpNumThreads: 2 }),
  },
  {
    name: 'node-pty',
    version: '1.1.0',
    quick: true,
    warning: /of node-pty/,
    shared: true,
    verdict: 'own',
    note: '`write()` and `kill()` of an inherited terminal reach the parent’s program, by its descriptor and pid; of its output the child hears nothing.',
    async open({ load }) {
      const { default: pty } = await load('node-pty');
      const terminal = pty.spawn('cat', [], {});
      return {
        use: () =>
          new Promise((resolve) => {
            const listening = terminal.onData((data) => {
              if (!data.includes('hello')) return;
              listening.dispose();
              resolve(true);
            });
            terminal.write('hello\n');
          }),
        close: () => terminal.kill(),
      };
    },
  },
  {
    name: 'zeromq',
    version: '6.8.0',
    verdict: 'own',
    warning: /Of zeromq: .*make one of its own/,
    note: 'To use an inherited socket blocks the child for ever. Its own want a `Context` of their own, too: `new Request({ context: new Context() })`.',
    async open({ load }) {
      const { default: zmq } = await load('zeromq');
      const context = new zmq.Context();
      const [ask, answer] = [new zmq.Request({ context }), new zmq.Reply({ context })];
      await answer.bind('tcp://127.0.0.1:*');
      ask.connect(answer.lastEndpoint);
      return {
        async use() {
          await ask.send('hello');
          const [question] = await answer.receive();
          await answer.send(question);
          return String((await ask.receive())[0]) === 'hello';
        },
        close() {
          ask.close();
          answer.close();
        },
      };
    },
  },
  {
    name: 'bcrypt',
    version: '6.0.0',
    verdict: 'works',
    note: 'Its work is in libuv’s pool, of which a child has its own.',
    async open({ load }) {
      const { default: bcrypt } = await load('bcrypt');
      return { use: async () => bcrypt.compare('secret', await bcrypt.hash('secret', 4)) };
    },
  },
  {
    name: 'argon2',
    version: '0.45.1',
    verdict: 'works',
    note: 'Its work is in libuv’s pool.',
    async open({ load }) {
      const { default: argon2 } = await load('argon2');
      return {
        use: async () => argon2.verify(await argon2.hash('secret', { memoryCost: 1024, timeCost: 2 }), 'secret'),
      };
    },
  },
  {
    name: '@napi-rs/canvas',
    version: '1.1.1',
    verdict: 'works',
    warning: /of @napi-rs\/canvas/,
    async open({ load }) {
      const { default: canvas } = await load('@napi-rs/canvas');
      return {
        async use() {
          const picture = canvas.createCanvas(32, 32);
          picture.getContext('2d').fillRect(0, 0, 16, 16);
          return (await picture.encode('png')).length > 50;
        },
      };
    },
  },
  {
    name: 'lightningcss',
    version: '1.33.0',
    verdict: 'works',
    note: '`transform()`, which has no thread. `bundle()` has a pool of threads, which a child does not have.',
    async open({ load }) {
      const css = await load('lightningcss');
      const code = Buffer.from('a { color: #ff0000 }');
      return { use: () => String(css.transform({ filename: 'a.css', code, minify: true }).code) === 'a{color:red}' };
    },
  },
  {
    name: 'lightningcss',
    variant: '`bundleAsync()`',
    version: '1.33.0',
    verdict: 'never',
    warning: /Of lightningcss: .*do not use it/,
    note: 'Its pool of threads is not there.',
    async open({ load, scratch }) {
      const css = await load('lightningcss');
      const filename = `${scratch}/a.css`;
      writeFileSync(filename, 'a { color: #ff0000 }');
      return { use: async () => String((await css.bundleAsync({ filename, minify: true })).code) === 'a{color:red}' };
    },
  },
  {
    name: '@swc/core',
    version: '1.16.22',
    verdict: 'works',
    async open({ load }) {
      const { default: swc } = await load('@swc/core');
      const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } };
      return {
        use: async () =>
          (await swc.transform('let a: number = 1', options)).code === 'let a = 1;\n' &&
          swc.transformSync('let a: number = 1', options).code === 'let a = 1;\n',
      };
    },
  },
  {
    name: 'rolldown',
    version: '1.3.2',
    verdict: 'never',
    warning: /Of @rolldown\/binding: .*do not use it/,
    note: 'Its pool of threads is not there.',
    async open({ load, scratch }) {
      const { rolldown } = await load('rolldown');
      const input = `${scratch}/rolldown.js`;
      writeFileSync(input, 'export const answer = 6 * 7;');
      return {
        async use() {
          const bundle = await rolldown({ input });
          const { output } = await bundle.generate();
          await bundle.close();
          return output[0].code.includes('answer');
        },
      };
    },
  },
  {
    name: 'vite',
    version: '8.3.8',
    verdict: 'never',
    warning: /Of @rolldown\/binding: .*do not use it/,
    note: 'By rolldown.',
    async open({ load, scratch }) {
      const { build } = await load('vite');
      const entry = `${scratch}/vite.js`;
      writeFileSync(entry, 'export const answer = 6 * 7;');
      const options = { configFile: false, root: scratch, logLevel: 'silent' };
      const lib = { entry, formats: ['es'], fileName: 'out' };
      return {
        async use() {
          const [{ output }] = await build({ ...options, build: { write: false, minify: false, lib } });
          return output[0].code.includes('answer');
        },
      };
    },
  },
  {
    name: 'msgpackr',
    version: '2.1.4',
    verdict: 'works',
    async open({ load }) {
      const { pack, unpack } = await load('msgpackr');
      return { use: () => unpack(pack({ n: 42 })).n === 42 };
    },
  },
];

// A model of one node, y = MatMul(x, x), as ONNX writes it (onnx.proto3), and a matrix that is large enough for several threads.
const SIZE = 512;
const SQUARE = onnxModel();
async function openModel({ load }, options) {
  const { default: onnx } = await load('onnxruntime-node');
  const model = await onnx.InferenceSession.create(SQUARE, options);
  const x = new onnx.Tensor('float32', new Float32Array(SIZE * SIZE).fill(1), [SIZE, SIZE]);
  return {
    async use() {
      const { y } = await model.run({ x });
      return y.data[0] === SIZE;
    },
  };
}

function onnxModel() {
  const field = (number, payload) =>
    typeof payload === 'number'
      ? Buffer.from([number << 3, payload])
      : Buffer.concat([Buffer.from([(number << 3) | 2, payload.length]), Buffer.from(payload)]);
  const all = (...fields) => Buffer.concat(fields);
  const floats = field(1, field(1, 1));
  const value = (name) => all(field(1, name), field(2, floats));
  const node = all(field(1, 'x'), field(1, 'x'), field(2, 'y'), field(4, 'MatMul'));
  const graph = all(field(1, node), field(2, 'g'), field(11, value('x')), field(12, value('y')));
  return all(field(1, 8), field(7, graph), field(8, field(2, 13)));
}

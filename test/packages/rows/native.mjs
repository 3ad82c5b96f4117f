// Addons, and what has threads or processes of its own.
export const native = [
  {
    name: 'sharp',
    version: '0.35.5',
    quick: true,
    verdict: 'never',
    warning: /libvips worker/,
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
    warning: /./,
    note: 'Also a model that is run by several threads: what a thread does not take, the caller does.',
    open: (kit) => openModel(kit, { intraOpNumThreads: 2 }),
  },
  {
    name: 'onnxruntime-node',
    variant: "`executionMode: 'parallel'`",
    version: '1.30.0',
    verdict: 'own',
    warning: /./,
    note: 'An inherited session blocks the child for ever.',
    open: (kit) => openModel(kit, { executionMode: 'parallel', interOpNumThreads: 2 }),
  },
  {
    name: 'node-pty',
    version: '1.1.0',
    quick: true,
    warning: /./,
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

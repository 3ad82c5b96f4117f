export default {
  name: 'custom',
  viteEnvironment: 'ssr',
  setup(global: typeof globalThis) {
    Object.assign(global, { custom: 'yes' });
    return { teardown: () => void Reflect.deleteProperty(global, 'custom') };
  },
};

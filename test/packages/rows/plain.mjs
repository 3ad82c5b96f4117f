// What holds no thread, no handle and no addon, and tools of JavaScript's.
export const plain = [
  {
    name: 'pino',
    version: '10.4.0',
    quick: true,
    verdict: 'works',
    note: 'Lines to a file or a descriptor.',
    async open({ load, scratch }) {
      const { default: pino } = await load('pino');
      const { readFileSync } = await import('node:fs');
      const file = `${scratch}/pino-${process.pid}.log`;
      const log = pino(pino.destination({ dest: file, sync: true }));
      let n = 0;
      return {
        use() {
          const line = `line ${process.pid} ${n++}`;
          log.info(line);
          return readFileSync(file, 'utf8').includes(line);
        },
      };
    },
  },
];

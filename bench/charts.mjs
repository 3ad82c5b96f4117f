// How do the results look? bench/results/*.json -> docs/charts/*.svg: `npm run bench:charts`
//
// A chart says one thing: its title is what was found, with the figures of the results, and the line below it with what and when.
// Few bars, from zero. Vega-Lite, rendered without a browser. Grey text on no background reads on GitHub's light and dark
// pages alike.
import fs from 'node:fs';
import path from 'node:path';
import * as vega from 'vega';
import * as vegaLite from 'vega-lite';

const here = import.meta.dirname;
const GREY = '#7d8590';
const OURS = '#4493f8';
const OTHERS = '#9198a1';

const APPLICATION = 'an application of 100 MB';

// `bars`: [label, the row's case, its name, the major version if it is not the latest].
const CHARTS = {
  fork: {
    unit: 'ms',
    title: ([ours, worker]) =>
      `A child runs its first JavaScript after ${round(ours)} ms, a Worker after ${round(worker)}`,
    what: 'From the call to the first JavaScript of the other side, in a process of 45 MB',
    bars: [
      ['posix.fork()', '45 MB', 'fork(): first JavaScript'],
      ['new Worker()', '45 MB', 'Worker: first message'],
      ['child_process.fork()', '45 MB', 'child_process.fork: first message'],
      ['child_process.fork(), Node.js 20', '45 MB', 'child_process.fork: first message', 20],
    ],
  },
  'fork-size': {
    subject: 'fork',
    unit: 'ms',
    title: (values) => `fork() takes longer the larger the heap is: ${round(values[2])} ms for 1 GB`,
    what: 'Until fork() returns in the parent',
    bars: [
      ['posix.fork(), 45 MB', '45 MB', 'fork(): parent goes on'],
      ['posix.fork(), 250 MB', '250 MB', 'fork(): parent goes on'],
      ['posix.fork(), 1 GB', '1 GB', 'fork(): parent goes on'],
      ['nothing but fork(2), 1 GB', '1 GB', 'fork() bare: parent goes on'],
      ['a C program of 1 GB', '1 GB', 'C: parent goes on'],
    ],
  },
  memory: {
    unit: 'MB',
    title: ([first, , full]) =>
      `A child has ${round(first)} MB of its own at first, ${round(full)} once it has collected all garbage`,
    what: 'Memory that a child does not share, where its parent has 45 MB',
    bars: [
      ['posix.fork()', '45 MB', 'after fork(): private'],
      ['posix.fork(), after a minor collection', '45 MB', 'after a minor GC: private'],
      ['posix.fork(), after a full collection', '45 MB', 'after a full GC: private'],
      ['child_process.fork(), empty', '45 MB', 'child_process.fork (empty): private'],
    ],
  },
  spawn: {
    unit: 'ms',
    title: ([ours, theirs]) =>
      `spawn() blocks for ${round(ours, 0.1)} ms, whatever the process holds; child_process for up to ${round(theirs)}`,
    what: 'How long the call that starts a program blocks',
    bars: [
      ['posix.spawn(), 1 GB in Buffers', '1 GB in Buffers', 'spawn() before a fork'],
      ['child_process.spawn(), 1 GB in Buffers', '1 GB in Buffers', 'child_process.spawn before a fork'],
      ['posix.spawn(), 1 GB of objects', '1 GB', 'spawn() before a fork'],
      ['child_process.spawn(), 1 GB of objects', '1 GB', 'child_process.spawn before a fork'],
    ],
  },
  'fork-join': {
    unit: 's',
    divide: 1000,
    title: ([, ours, , theirs]) =>
      `Work on 500 MB of objects: ${round(ours, 0.1)} s in a child, ${round(theirs, 0.1)} s in a Worker, which gets a copy`,
    what: 'Until the result is there',
    bars: [
      ['in the process itself', '500 MB', 'sequential'],
      ['forkRun()', '500 MB', 'forkRun()'],
      ['forkMap(), in two parts', '500 MB', 'forkMap(), 2 parts'],
      ['new Worker(), postMessage()', '500 MB', 'Worker, postMessage'],
    ],
  },
  server: {
    unit: 'MB',
    title: ([idle, idleCluster, loaded, loadedCluster]) =>
      `A forked worker takes ${percent(idle, idleCluster)} % of the memory of one of node:cluster when idle, ${percent(loaded, loadedCluster)} % under load`,
    what: 'Memory of each of two HTTP workers with an application of 100 MB, its part of what is shared included',
    bars: [
      ['forked, idle', APPLICATION, 'fork: PSS/worker, idle [MB]'],
      ['node:cluster, idle', APPLICATION, 'cluster: PSS/worker, idle [MB]'],
      ['forked, under load', APPLICATION, 'fork: PSS/worker, loaded [MB]'],
      ['node:cluster, under load', APPLICATION, 'cluster: PSS/worker, loaded [MB]'],
    ],
  },
  'test-runners': {
    subject: 'vitest',
    unit: 's',
    title: ([ours, forks, threads]) =>
      `vitest-pool-fork runs 60 test files in ${round(ours)} s; Vitest's own pools take ${round(threads)} to ${round(forks)} s`,
    what: 'A generated suite on lodash, date-fns, rxjs, TypeScript, Babel and React; Vitest 4.1, two workers',
    bars: [
      ['vitest-pool-fork', '60 files', 'fork: time'],
      ["pool: 'forks'", '60 files', 'forks: time'],
      ["pool: 'threads'", '60 files', 'threads: time'],
    ],
  },
  waits: {
    unit: 'ms',
    title: ([ours, , theirs]) =>
      `Waiting for 1,000 children takes ${round(ours)} ms, for those of child_process ${round(theirs)} ms`,
    what: 'From the first fork until the status of each of 1,000 children is there',
    bars: [
      ['await posix.waitpid()', '1000 children', 'await waitpid()'],
      ['posix.waitpidSync()', '1000 children', 'waitpidSync()'],
      ["'exit' of child_process", '1000 children', "child_process 'exit'"],
    ],
  },
};

// Without a canvas Vega takes a letter to be 0.8 em wide; in the usual fonts it is 0.56. (The chart would be half empty.)
vega.textMetrics.width = ({ fontSize, fontWeight }, text) =>
  String(text).length * fontSize * (fontWeight === 'bold' ? 0.6 : 0.56);

for (const [name, chart] of Object.entries(CHARTS)) {
  const { subject = name } = chart;
  const { values, machine, node } = select(subject, chart);
  const title = chart.title(values.map(({ median }) => median));
  const lines = [
    chart.what,
    `Node.js ${node}, ${machine.cpus} virtual cores (${machine.cpu}), Linux ${machine.kernel.match(/^\d+\.\d+/)[0]}, ${machine.date.slice(0, 10)}; medians, lines: quartiles`,
  ];
  const view = new vega.View(vega.parse(vegaLite.compile(specOf(title, lines, chart.unit, values)).spec), {
    renderer: 'none',
  });
  fs.mkdirSync(path.join(here, '../docs/charts'), { recursive: true });
  const file = path.join(here, '../docs/charts', `${name}.svg`);
  fs.writeFileSync(file, `${await view.toSVG()}\n`);
  console.log(`${path.relative(process.cwd(), file)}: ${title}`);
}

function filesOf(subject) {
  return fs.readdirSync(path.join(here, 'results')).filter((file) => /^(.*)-node\d+\.json$/.exec(file)[1] === subject);
}

function majorOf(file) {
  return Number(/-node(\d+)\.json$/.exec(file)[1]);
}

function select(subject, { bars, divide = 1 }) {
  const results = new Map(
    filesOf(subject).map((file) => [
      majorOf(file),
      JSON.parse(fs.readFileSync(path.join(here, 'results', file), 'utf8')),
    ]),
  );
  const latest = Math.max(...results.keys());
  const values = bars.map(([label, where, what, major = latest]) => {
    const row = results.get(major)?.rows.find((each) => each.case === where && each.what === what);
    if (!row) throw new Error(`${subject}: no result for ${what} (${where}, Node.js ${major})`);
    const [median, q1, q3] = [row.median, row.q1, row.q3].map((value) => value / divide);
    return { label, median, q1, q3, text: String(round(median)), ours: /posix|fork(Run|Map)|forked|-fork/.test(label) };
  });
  const { machine, node } = results.get(latest) ?? results.get(bars[0][3]);
  return { values, machine, node: node.slice(1).split('.')[0] };
}

function round(value, step = value < 1 ? 0.1 : value < 10 ? 0.1 : 1) {
  return Number((Math.round(value / step) * step).toFixed(1));
}

function percent(part, whole) {
  return Math.round((part / whole) * 100);
}

function specOf(title, subtitle, unit, values) {
  const y = { field: 'label', type: 'nominal', sort: values.map(({ label }) => label), title: null };
  const x = { field: 'median', type: 'quantitative', title: unit, axis: { tickCount: 6 } };
  return {
    data: { values },
    title: { text: title, subtitle },
    background: 'transparent',
    width: 460,
    height: { step: 24 },
    layer: [
      {
        mark: { type: 'bar', height: 14 },
        encoding: {
          x,
          y,
          color: {
            field: 'ours',
            type: 'nominal',
            scale: { domain: [true, false], range: [OURS, OTHERS] },
            legend: null,
          },
        },
      },
      { mark: { type: 'rule', color: GREY }, encoding: { x: { ...x, field: 'q1' }, x2: { field: 'q3' }, y } },
      {
        mark: { type: 'text', align: 'left', dx: 6, color: GREY, fontWeight: 'bold' },
        encoding: { x: { ...x, field: 'q3' }, y, text: { field: 'text' } },
      },
    ],
    config: {
      font: 'system-ui, sans-serif',
      view: { stroke: null },
      title: {
        color: GREY,
        subtitleColor: GREY,
        anchor: 'start',
        frame: 'group',
        fontSize: 14,
        subtitleFontSize: 11,
        offset: 12,
      },
      axis: {
        labelColor: GREY,
        titleColor: GREY,
        gridColor: GREY,
        gridOpacity: 0.2,
        domain: false,
        ticks: false,
        labelLimit: 0, // whole
      },
    },
  };
}

// How do the results look? bench/results/*.json -> docs/charts/*.svg: `npm run bench:charts`
//
// Vega-Lite, rendered without a browser. Grey text on no background reads on GitHub's light and dark pages alike.
import fs from 'node:fs';
import path from 'node:path';
import * as vega from 'vega';
import * as vegaLite from 'vega-lite';

const here = import.meta.dirname;
// It warns that panels with rows of their own may have sizes of their own: so they should.
const logger = vega.logger(vega.Error);
const GREY = '#7d8590';
const CHARTS = {
  fork: { title: 'Until a second process goes on (ms)', log: true },
  memory: { title: 'Memory of a child (MB)' },
  spawn: { title: 'How long starting a program blocks (ms)' },
  'fork-join': { title: 'Work on an object graph of 500 MB (ms)' },
  server: { title: 'HTTP server with two workers, fork() or node:cluster', unlike: true },
  waits: { title: 'Waiting for children (ms)', log: true },
};

for (const [subject, chart] of Object.entries(CHARTS)) {
  const files = fs
    .readdirSync(path.join(here, 'results'))
    .filter((file) => /^(.*)-node\d+\.json$/.exec(file)[1] === subject);
  if (files.length === 0) {
    console.error(`${subject}: no results, no chart`);
    continue;
  }
  const values = files.flatMap((file) => {
    const { node, rows } = JSON.parse(fs.readFileSync(path.join(here, 'results', file), 'utf8'));
    return rows.map((row) => ({
      ...row,
      // Where the rows of a case are in different units, each measure has a panel of its own.
      ...(chart.unlike && { case: row.what.split(': ')[1], what: `${row.what.split(': ')[0]}, ${row.case}` }),
      node: `Node.js ${node.slice(1).split('.')[0]}`,
    }));
  });
  const view = new vega.View(vega.parse(vegaLite.compile(specOf(chart, values), { logger }).spec), {
    renderer: 'none',
  });
  fs.mkdirSync(path.join(here, '../docs/charts'), { recursive: true });
  const file = path.join(here, '../docs/charts', `${subject}.svg`);
  fs.writeFileSync(file, `${await view.toSVG()}\n`);
  console.log(path.relative(process.cwd(), file));
}

function specOf({ title, log, unlike }, values) {
  const scale = { type: log ? 'log' : 'linear' };
  const x = { field: 'median', type: 'quantitative', scale, title: null };
  const y = { field: 'what', type: 'nominal', sort: [...new Set(values.map((row) => row.what))], title: null };
  const offset = { yOffset: { field: 'node' } };
  // On a logarithmic scale a bar would have no foot: there a point, with its spread as a line.
  const mark = log ? { type: 'point', filled: true, size: 50 } : { type: 'bar' };
  const color = { field: 'node', title: null, scale: { range: ['#4493f8', '#3fb950', '#db6d28', '#ab7df8'] } };
  return {
    data: { values },
    title,
    background: 'transparent',
    facet: {
      row: {
        field: 'case',
        sort: [...new Set(values.map((row) => row.case))],
        title: null,
        header: { labelAngle: 0, labelAlign: 'left' },
      },
    },
    resolve: { scale: { x: unlike ? 'independent' : 'shared', y: 'independent' } },
    spec: {
      width: 420,
      height: { step: 11 },
      layer: [
        { mark, encoding: { x, y, ...offset, color } },
        {
          mark: { type: 'rule', color: GREY },
          encoding: { x: { ...x, field: 'q1' }, x2: { field: 'q3' }, y, ...offset },
        },
      ],
    },
    config: {
      font: 'system-ui, sans-serif',
      view: { stroke: null },
      title: { color: GREY, anchor: 'start', fontSize: 14 },
      axis: {
        labelColor: GREY,
        titleColor: GREY,
        gridColor: GREY,
        gridOpacity: 0.25,
        domainColor: GREY,
        tickColor: GREY,
        labelLimit: 300,
      },
      header: { labelColor: GREY, titleColor: GREY },
      legend: { labelColor: GREY, titleColor: GREY },
    },
  };
}

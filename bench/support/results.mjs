// What is written of a measurement? bench/results/SUBJECT-nodeN.json, of which bench/charts.mjs makes charts.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const folder = path.join(import.meta.dirname, '../results');

export function summary(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const quantile = (q) => Number(sorted[Math.floor((sorted.length - 1) * q)].toFixed(4));
  return { median: quantile(0.5), q1: quantile(0.25), q3: quantile(0.75), n: values.length };
}

/** @param rows - of what was measured: `case`, `what` and a `summary()` */
export function writeResults(subject, unit, rows, targets) {
  const result = { subject, unit, node: process.version, machine: machine(), rows, targets };
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(fileOf(subject), `${JSON.stringify(result, null, 2)}\n`);
}

/** The rows of the last run of this version of Node.js. */
export function readResults(subject) {
  const file = fileOf(subject);
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file)).rows : [];
}

function fileOf(subject) {
  return path.join(folder, `${subject}-node${process.versions.node.split('.')[0]}.json`);
}

function machine() {
  const [cpu] = os.cpus();
  const memory = `${Math.round(os.totalmem() / 1e9)} GB`;
  return {
    cpu: cpu.model,
    cpus: os.cpus().length,
    memory,
    kernel: os.release(),
    load: os.loadavg(),
    date: new Date().toISOString(),
  };
}

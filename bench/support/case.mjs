// One case of one subject, in a process of its own, so that no heap is another's ballast: case.mjs SUBJECT INDEX QUICK
const [subject, index, quick] = process.argv.slice(2);
const { cases, measure } = await import(`../subjects/${subject}.mjs`);
const one = cases(quick === 'true')[Number(index)];
const samples = {};
await measure(one, {
  add: (name, value) => {
    if (Number.isFinite(value)) (samples[name] ??= []).push(value);
  },
  round: (i, of) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${subject}, ${one.name}: round ${i + 1} of ${of}   `);
    else if (i === 0) process.stderr.write(`${subject}, ${one.name}: ${of} rounds\n`);
  },
});
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
process.stdout.write(JSON.stringify(samples));

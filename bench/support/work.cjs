// A piece of GC and a piece of JIT work, in ms; as a program, does both and says how long they took. argv: the variant.
const GARBAGE = 1_000;

/**
 * How often V8 collects depends on what the very first collections find: on Node 20 this takes 13 scavenges, or 17 after a
 * thousand objects more or less. So each round makes other garbage first (`variant`), the same for all who are compared.
 */
exports.gc = function gc(variant) {
  let garbage;
  for (let i = 0; i < variant * GARBAGE; i++) garbage = { i, text: `${i}` };
  const start = process.hrtime.bigint();
  let kept = [];
  for (let i = 0; i < 1_500_000; i++) {
    kept.push({ i, text: `${i}` });
    if (kept.length > 200_000) kept = [];
  }
  if (garbage === kept) throw new Error('unreachable: keeps both alive');
  return Number(process.hrtime.bigint() - start) / 1e6;
};

exports.jit = function jit() {
  const start = process.hrtime.bigint();
  let total = 0;
  for (let f = 0; f < 60; f++) {
    // New code each time: it must be compiled, become hot and be optimised.
    const work = new Function('n', `let s = ${f}; for (let i = 0; i < n; i++) s = (s * 31 + i % 7) | 0; return s;`);
    for (let i = 0; i < 100; i++) total += work(2_000);
  }
  if (Number.isNaN(total)) throw new Error('unreachable: keeps the work alive');
  return Number(process.hrtime.bigint() - start) / 1e6;
};

if (require.main === module) {
  console.log(JSON.stringify([exports.gc(Number(process.argv[2])), exports.jit()]));
}

// What keeps V8's worker threads busy? Garbage for the concurrent collector to mark, and large functions that have just
// become hot.
//
// Measured with fork({ quiesceTimeout: 0 }) right after a turn: the compiler was at work in 100 of 100 on Node 20, 24 and 26
// if the last function had been called ten times, on Node 22 forty times; with more it was through already.
const CALLS = process.versions.node.startsWith('22.') ? [10, 40] : [40, 10];
const BRANCHES = 200;
const graph = Array.from({ length: BRANCHES }, branch);
let round = 0;

function branch() {
  return Array.from({ length: 1000 }, (_, i) => ({ i, text: `${i}`, more: [i, { i }] }));
}

function compile(seed, size) {
  const steps = Array.from(
    { length: size },
    (_, i) => `s = (s * ${i + 3} + i + ${seed}) | 0; if (s % ${i + 5} === 1) s ^= i;`,
  );
  return new Function('n', `let s = 0; for (let i = 0; i < n; i++) { ${steps.join('')} } return s`);
}

/** A turn of 20 to 80 ms. `size`: how many statements the functions have; the compiler is busy for longer with more. */
export function beBusy(size = 400) {
  round++;
  for (let i = 0; i < 4; i++) graph[(round * 4 + i) % BRANCHES] = branch();
  for (const calls of CALLS) {
    const hot = compile(round * 100 + calls, size);
    for (let i = 0; i < calls; i++) hot(100);
  }
}

/** Has V8 collect garbage: then it has had work for its worker threads. */
export function useV8Workers() {
  const objects = [];
  for (let i = 0; i < 1_000_000; i++) objects.push({ i });
  if (objects.length === 0) throw new Error('V8 has thrown them away');
}

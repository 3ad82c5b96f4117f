// A module of WebAssembly that takes its time to be compiled.

/** `count` functions of forty statements each. */
export function wasm(count) {
  const statements = Array.from({ length: 40 }, (_, i) => [I32_CONST, i, DROP]).flat();
  const body = [NO_LOCALS, ...statements, I32_CONST, 42, END];
  const size = number(count);
  return Uint8Array.from([
    ...[0, ...Buffer.from('asm'), 1, 0, 0, 0],
    ...section(TYPES, [1, FUNCTION, 0, 1, I32]),
    ...section(FUNCTIONS, [...size, ...new Array(count).fill(0)]),
    ...section(CODE, [...size, ...new Array(count).fill([...number(body.length), ...body]).flat()]),
  ]);
}

const [TYPES, FUNCTIONS, CODE] = [1, 3, 10];
const [FUNCTION, I32, NO_LOCALS, I32_CONST, DROP, END] = [0x60, 0x7f, 0, 0x41, 0x1a, 0x0b];

const section = (id, content) => [id, ...number(content.length), ...content];

/** As LEB128. */
function number(value) {
  const rest = value >>> 7;
  return rest === 0 ? [value & 127] : [(value & 127) | 128, ...number(rest)];
}

// How do many numbers, the items or the results of a mapping, travel at next to no cost? As they lie in memory.

// The first byte. A clone begins with 0xff, what plain.ts makes with 1.
const NUMBERS = 2;
const HEADER = Float64Array.BYTES_PER_ELEMENT; // so that the first of them lies where it may

/** @internal */
export function encodeNumbers(numbers: readonly number[]): Uint8Array {
  const all = new Float64Array(numbers.length + 1);
  for (let i = 0; i < numbers.length; i++) all[i + 1] = numbers[i] as number;
  const bytes = new Uint8Array(all.buffer);
  bytes[0] = NUMBERS;
  return bytes;
}

/** A copy of them. Undefined: they are something else. @internal */
export function decodeNumbers(bytes: Uint8Array): Float64Array | undefined {
  if (bytes[0] !== NUMBERS) return undefined;
  const copy = new Uint8Array(bytes.length - HEADER);
  copy.set(bytes.subarray(HEADER));
  return new Float64Array(copy.buffer);
}

/** Whether encodeNumbers() has made it. Of several parts the first is a view of the program's, whatever it holds. @internal */
export function isNumbers(parts: readonly Uint8Array[]): boolean {
  return parts.length === 1 && parts[0]?.[0] === NUMBERS;
}

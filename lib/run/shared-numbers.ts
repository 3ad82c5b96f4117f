// How do numbers, which is what most large maps are about, come from many children to their parent? Nobody sends them: each has a place
// in memory that all of them share. What a child has put there is there, whatever becomes of the child.
import { sharedMemory } from '../shared/memory.js';

const HERE = 2;

/** @internal */
export class SharedNumbers {
  /** Whether there is a result of each item: 0 if not. What comes by a message its receiver notes here. */
  readonly known: Uint8Array;
  readonly #numbers: Float64Array;

  /** May throw `ENOMEM`. */
  constructor(length: number) {
    const bytes = Float64Array.BYTES_PER_ELEMENT * length;
    const memory = sharedMemory(bytes + length);
    this.#numbers = new Float64Array(memory, 0, length);
    this.known = new Uint8Array(memory, bytes, length);
  }

  /** Child. */
  put(index: number, value: number): void {
    this.#numbers[index] = value;
    this.known[index] = HERE;
  }

  /** Parent, when its children have ended. */
  addTo(results: unknown[]): void {
    const numbers = this.#numbers;
    const { known } = this;
    for (let i = 0; i < numbers.length; i++) if (known[i] === HERE) results[i] = numbers[i];
  }
}

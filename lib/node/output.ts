// What if the parent had still to write something to stdout or stderr? A pipe that is full takes no more; Node then keeps what
// is printed, and in a copy of the heap it would be printed twice.
import process from 'node:process';

interface State {
  length: number;
  writing: boolean;
  writecb: () => void;
  bufferProcessing: boolean;
  needDrain: boolean;
  pendingcb: number;
  buffered: unknown[];
  bufferedIndex: number;
}

/** The names of what is changed. @internal */
export const OUTPUT_STATE = [
  'length',
  'writing',
  'writecb',
  'bufferProcessing',
  'needDrain',
  'pendingcb',
  'buffered',
  'bufferedIndex',
] as const;

/** Child: as becomeChild() says. Only called where such writes were taken away: JavaScript has to know of it, too. @internal */
export function forgetOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const { _writableState: state } = stream as unknown as { _writableState?: State };
    if (state === undefined || state.length === 0) continue; // the program may have put something else there
    // As in a stream that has written everything.
    Object.assign(state, {
      length: 0,
      writing: false,
      writecb: noop, // a next write without one would keep the parent's
      bufferProcessing: false,
      needDrain: false,
      pendingcb: 0,
      buffered: [],
      bufferedIndex: 0,
    } satisfies State);
  }
}

/** What the stream has not handed to its handle yet. @internal */
export function bufferedIn(stream: NodeJS.WriteStream): (Uint8Array | string)[] {
  const { _writableState: state } = stream as unknown as { _writableState?: Buffered };
  return state?.buffered.slice(state.bufferedIndex).map(({ chunk }) => chunk) ?? [];
}

interface Buffered {
  buffered: { chunk: Uint8Array | string }[];
  bufferedIndex: number;
}

function noop(): void {
  // The callbacks are the parent's.
}

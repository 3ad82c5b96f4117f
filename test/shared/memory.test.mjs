// Is memory of sharedMemory() the same in all processes, and nothing else?
import { claimsOf } from '../helpers/claims.mjs';
import { withoutSymbol } from '../helpers/without-symbol.mjs';

const holds = claimsOf('shared/memory.mjs');

describe('sharedMemory()', () => {
  it('is a SharedArrayBuffer of zeros', () => holds('isZeroAtFirst'));
  it('is one memory in forked, bare and grand children, and in those of forkRun and forkMap', () => holds('isOne'));
  it('is one however large the heap, and however often it was forked', () => holds('isSharedBesideALargeHeap'));
  it('counts exactly what four processes add', () => holds('countsExactly'));
  it('is given back by each process that has no more reference to it', () => holds('isGivenBack'));
  it('goes to Workers, comes from them, and outlives them', () => holds('goesToWorkers'));
  it('refuses what is no size', () => holds('refusesWhatIsNoSize'));
  it('says that there is not so much memory', () => holds('saysThatThereIsNoMemory'));
  it('says what the node binary lacks', () =>
    withoutSymbol('_ZN2v817SharedArrayBuffer15NewBackingStoreEPvmPFvS1_mS1_ES1_', (node) =>
      holds('saysThatTheRuntimeIsNone', { node }),
    ));
});

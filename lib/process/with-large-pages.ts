// What does `node --import posix-fork/large-pages` do? The program starts with a heap that is cheap to fork, if it can be had.
import process from 'node:process';
import { useLargePages } from './large-pages.js';

const { inUse, reasons } = useLargePages();
if (!inUse) process.emitWarning(`V8's heap is not in large pages: ${reasons.join('; ')}`, 'LargePagesWarning');

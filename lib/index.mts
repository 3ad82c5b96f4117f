// What do ES modules import? The same, by name and as the default: there is one instance, whoever loads it how.
import posix from './index.js';

// Without it bundlers, and TypeScript for them, find no default: Node alone makes one of `module.exports`.
export default posix;
export * from './index.js';

import { expect, it } from 'vitest';
import keptConsole from 'keeps-console';

it('prints by console', () => {
  console.log('by console.log');
  console.error('by console.error');
  keptConsole('by a function that a package kept');
});
it('prints by the stream', () => void process.stdout.write('by the stream\n'));
it('cannot exit', () => expect(() => process.exit(3)).toThrow('process.exit unexpectedly called'));

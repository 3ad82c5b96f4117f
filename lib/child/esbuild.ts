// What of esbuild's service does a child have? Neither its process nor its thread: esbuild would wait for their answers for ever
// (and so tsx, which translates by it). Its own stop() forgets both, and the child's next call starts them anew.
//
// It is esbuild's documented function for this. What it ends has been made harmless: ChildProcess.kill() does nothing to a
// process of the parent's, Worker.terminate() nothing to a Worker.
import { native } from '../sys/native.js';

const { apply, get } = Reflect; // as it was before the program had a chance to patch it

const MAIN = '/esbuild/lib/main.js';

let loaded: unknown[] = [];

/** Parent, before the fork. Looks at each module of the program, and so only where there may be a service. @internal */
export function prepareEsbuild(besideWorkers: boolean): void {
  loaded = [];
  if (!besideWorkers && !native.hasChildProcesses()) return;
  for (const file in require.cache) if (file.endsWith(MAIN)) loaded.push(require.cache[file]?.exports);
}

/** Child, after its Workers look ended. @internal */
export function stopEsbuild(): void {
  for (let i = 0; i < loaded.length; i++) {
    const stop: unknown = get(loaded[i] as object, 'stop');
    if (typeof stop === 'function') void apply(stop, undefined, []);
  }
}

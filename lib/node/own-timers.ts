// Which timers and immediates are Node's own? Each has a flag in a closure that says "it is scheduled": if a child dropped the
// timer, the flag would stay set and the timer would never be scheduled again. They only keep time for Node, so they go on in
// both.
//
// Recognized by name and text, of the callback as it is in Node's source.
const { apply } = Reflect;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a function
const textOf = Function.prototype.toString;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to a string
const includes = String.prototype.includes;

interface Own {
  name: string;
  text: string;
}

const OWN: readonly Own[] = [
  // lib/internal/http.js: once a second, node:http forgets the text of the Date header
  { name: 'resetCache', text: 'utcCache' },
  // lib/util/timers.js of undici, which is in Node (fetch) and a package: the clock of all its time-outs
  { name: 'onTick', text: 'fastNow' },
  { name: 'onTimeout', text: 'fastNow' }, // of older versions of undici: in Node 22.0, not in 22.12
  // lib/internal/perf/observe.js: hands over what a PerformanceObserver has observed
  { name: '', text: 'isPending = false' },
];

/** @param callback - of a timer or an immediate. @internal */
export function isNodesOwn(callback: unknown): boolean {
  if (typeof callback !== 'function') return false;
  for (let i = 0; i < OWN.length; i++) {
    const { name, text } = OWN[i] as Own;
    if (callback.name === name && apply(includes, apply(textOf, callback, []), [text])) return true;
  }
  return false;
}

// What does a stream of Node's look for in its options that this package has not given?

// lib/net.js (Socket, Server) and lib/internal/streams/{readable,writable,duplex}.js, Node.js 20 to 26. A socket copies its options into an object that
// inherits from `Object.prototype`, so a prototype of null is not enough.
const NAMES = [
  ...['fd', 'handle', 'allowHalfOpen', 'readable', 'writable', 'onread', 'signal', 'noDelay', 'keepAlive', 'keepAliveInitialDelay'],
  ...['pauseOnCreate', 'pauseOnConnect', 'manualStart', 'blockList', 'captureRejections', 'typeOfService', 'highWaterMark'],
  ...['readableHighWaterMark', 'writableHighWaterMark', 'objectMode', 'readableObjectMode', 'writableObjectMode', 'encoding'],
  ...['defaultEncoding', 'decodeStrings', 'emitClose', 'autoDestroy', 'read', 'write', 'writev', 'final', 'destroy', 'construct'],
]; // prettier-ignore

/** The options, and nothing for each other name: what a program has put on `Object.prototype` changes no stream of the package's. @internal */
export function onlyThese<T extends object>(options: T): T {
  const all = Object.create(null) as Record<string, unknown>;
  for (const name of NAMES) all[name] = undefined;
  return Object.assign(all, options);
}

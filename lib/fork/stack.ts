// Who called? The stack for a warning or an error that shall name the user's line.
type Callable = (...args: never[]) => unknown;

/**
 * The stack from the caller of `below` on, as it is now; what is returned writes it out, one frame a line, which costs
 * twice as much again. @internal
 */
export function framesAbove(below: Callable): () => string {
  const site: { stack?: unknown } = {};
  const limit = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit');
  // The whole stack: what matters may be far above a library's frames. (Not with --frozen-intrinsics.)
  if (limit?.writable) Error.stackTraceLimit = Infinity;
  Error.captureStackTrace(site, below);
  if (limit?.writable) Object.defineProperty(Error, 'stackTraceLimit', limit);
  return () => {
    const { stack } = site; // formatted at the first look, perhaps by the program's own Error.prepareStackTrace
    const lines =
      typeof stack === 'string' ? stack.split('\n') : Array.isArray(stack) ? stack.map((f) => `    at ${f}`) : [];
    return lines.filter((line) => /^\s+at /.test(line)).join('\n');
  };
}

// How does a fixture fork a child that does one thing?
import posix from 'posix-fork';

/** The child's exit code is what `main` returns, 99 if it throws. */
export function start(main, options) {
  const pid = posix.fork(options);
  if (pid !== 0) return pid;
  try {
    posix._exit(main());
  } catch (error) {
    process.stderr.write(`${error.stack}\n`, () => posix._exit(99));
  }
}

export const codeOf = async (pid) => (await posix.waitpid(pid)).code;

// With which codes does fork() fail, of so many calls? For fixtures.
import posix from 'posix-fork';

export function forkErrors(count) {
  const codes = new Map();
  for (let i = 0; i < count; i++) {
    try {
      if (posix.fork() === 0) posix._exit(0);
    } catch ({ code }) {
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
  }
  return [...codes];
}

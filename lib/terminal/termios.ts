// How does a terminal treat what goes through it, and how large is it?
import { native } from '../sys/native.js';
import {
  invalidType,
  isArray,
  MAX_INT,
  outOfRange,
  validateInteger,
  validateOneOf,
  validateOptions,
} from '../sys/validate.js';

/** The attributes of a terminal, as in `termios(3)`. */
export interface Termios {
  /** Input modes, a sum of {@link termiosFlags}. */
  iflag: number;
  /** Output modes. */
  oflag: number;
  /** Control modes. */
  cflag: number;
  /** Local modes. */
  lflag: number;
  /** The code of the input speed, such as `B9600` of `<termios.h>`. */
  ispeed: number;
  /** The code of the output speed. */
  ospeed: number;
  /** The control characters. The indexes, such as `VMIN`, are in {@link termiosFlags}. */
  cc: readonly number[];
}

/** Rows and columns, in characters. */
export interface WindowSize {
  /** How many lines. */
  rows: number;
  /** How many characters in each. */
  cols: number;
}

/** The usual modes and control characters, from `<termios.h>`. */
export const termiosFlags = Object.freeze({
  /** iflag: no signal on a break. */
  BRKINT: 0o2,
  /** iflag: CR becomes NL. */
  ICRNL: 0o400,
  /** iflag: Ctrl-S and Ctrl-Q stop and start the output. */
  IXON: 0o2000,
  /** iflag: input is UTF-8. */
  IUTF8: 0o40000,
  /** oflag: output is processed at all. */
  OPOST: 0o1,
  /** oflag: NL becomes CR NL. */
  ONLCR: 0o4,
  /** lflag: Ctrl-C, Ctrl-\\ and Ctrl-Z send signals. */
  ISIG: 0o1,
  /** lflag: input comes line by line. */
  ICANON: 0o2,
  /** lflag: what is typed is shown. */
  ECHO: 0o10,
  /** lflag: a background process that writes is stopped. */
  TOSTOP: 0o400,
  /** lflag: extended input processing, such as Ctrl-V. */
  IEXTEN: 0o100000,
  /** cc: sends SIGINT. */
  VINTR: 0,
  /** cc: sends SIGQUIT. */
  VQUIT: 1,
  /** cc: erases a character. */
  VERASE: 2,
  /** cc: ends the input. */
  VEOF: 4,
  /** cc: how long a read waits without `ICANON`, in tenths of a second. */
  VTIME: 5,
  /** cc: for how many bytes a read waits without `ICANON`. */
  VMIN: 6,
  /** cc: sends SIGTSTP. */
  VSUSP: 10,
});

const MAX_FLAGS = 2 ** 32 - 1;
const MAX_SIZE = 65_535; // unsigned short
const MAX_CHARACTER = 255;
const CHARACTERS = 32; // NCCS
const ACTIONS = { now: 0, drain: 1, flush: 2 } as const; // <termios.h>
const FIELDS = ['iflag', 'oflag', 'cflag', 'lflag', 'ispeed', 'ospeed'] as const;

/**
 * Returns the attributes of a terminal.
 *
 * @returns a copy
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EBADF`, `ENOTTY`: `fd` is not a terminal
 * @see tcgetattr(3)
 * @example
 * ```ts
 * const [master, slave] = posix.openpty();
 * console.log((posix.tcgetattr(slave).lflag & posix.termiosFlags.ECHO) !== 0); // prints: true
 * ```
 */
export function tcgetattr(fd: number): Termios {
  validateInteger(fd, 'fd', 0, MAX_INT);
  return fromList(native.tcgetattr(fd));
}

/**
 * Sets the attributes of a terminal. It also works from a background process.
 *
 * @param attributes - as {@link tcgetattr} returns them
 * @param when - `'now'` (default); `'drain'`: after all output has been sent; `'flush'`: the same, and unread input is dropped
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; `EBADF`, `ENOTTY`: `fd` is no terminal
 * @see tcsetattr(3)
 * @example
 * ```ts
 * const [master, slave] = posix.openpty();
 * const attributes = posix.tcgetattr(slave);
 * posix.tcsetattr(slave, { ...attributes, lflag: attributes.lflag & ~posix.termiosFlags.ECHO });
 * ```
 */
export function tcsetattr(fd: number, attributes: Termios, when: 'now' | 'drain' | 'flush' = 'now'): void {
  validateInteger(fd, 'fd', 0, MAX_INT);
  const known = validateOptions(attributes, 'attributes', [...FIELDS, 'cc']);
  validateOneOf(when, 'when', ['now', 'drain', 'flush']);
  const list = FIELDS.map((field) => {
    // `attributes.lflag & ~ECHO` is below zero where the highest bit is set.
    const given: unknown = known[field];
    const negative =
      field.endsWith('flag') && Number.isInteger(given) && (given as number) < 0 && (given as number) >= -(2 ** 31);
    const value = negative ? (given as number) + 2 ** 32 : given;
    validateInteger(value, `attributes.${field}`, 0, MAX_FLAGS);
    return value;
  });
  if (isArray(known.cc) !== true) throw invalidType('attributes.cc', 'an instance of Array', known.cc);
  const cc = Array.from({ length: CHARACTERS }, (_, i) => known.cc[i]);
  if (known.cc.length !== CHARACTERS) throw outOfRange('attributes.cc.length', String(CHARACTERS), known.cc.length);
  for (const [i, each] of cc.entries()) validateInteger(each, `attributes.cc[${i}]`, 0, MAX_CHARACTER);
  native.tcsetattr(fd, ACTIONS[when], [...list, ...(cc as number[])]);
}

/**
 * Puts a terminal into raw mode: no lines, no echo, no signals (`cfmakeraw`). It works with any descriptor;
 * `process.stdin.setRawMode` only with Node's own terminal streams.
 *
 * @returns the old attributes, to restore them with {@link tcsetattr}
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EBADF`, `ENOTTY`: `fd` is no terminal
 * @see cfmakeraw(3)
 * @example
 * ```ts
 * const [master, slave] = posix.openpty();
 * const before = posix.setRaw(slave);
 * posix.tcsetattr(slave, before);
 * ```
 */
export function setRaw(fd: number): Termios {
  validateInteger(fd, 'fd', 0, MAX_INT);
  const before = native.tcgetattr(fd);
  native.tcsetattr(fd, ACTIONS.now, native.makeRaw(before));
  return fromList(before);
}

/**
 * Returns the size of a terminal.
 *
 * @returns rows and columns; 0 if the size was never set
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_OUT_OF_RANGE`; `EBADF`, `ENOTTY`: `fd` is no terminal
 * @see ioctl_tty(2), TIOCGWINSZ
 * @example
 * ```ts
 * const [master] = posix.openpty({ rows: 24, cols: 80 });
 * console.log(posix.getWindowSize(master)); // prints: { rows: 24, cols: 80 }
 * ```
 */
export function getWindowSize(fd: number): WindowSize {
  validateInteger(fd, 'fd', 0, MAX_INT);
  const [rows, cols] = native.windowSize(fd);
  return { rows, cols };
}

/**
 * Sets the size of a terminal. Its foreground processes get `SIGWINCH`.
 *
 * @param fd - the master, or the terminal itself
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`; `EBADF`, `ENOTTY`: `fd` is no terminal
 * @see ioctl_tty(2), TIOCSWINSZ
 * @example
 * ```ts
 * const [master, slave] = posix.openpty();
 * posix.setWindowSize(master, { rows: 50, cols: 132 });
 * console.log(posix.getWindowSize(slave)); // prints: { rows: 50, cols: 132 }
 * ```
 */
export function setWindowSize(fd: number, size: WindowSize): void {
  validateInteger(fd, 'fd', 0, MAX_INT);
  const { rows, cols } = toWindowSize(size, 'size');
  native.windowSize(fd, rows, cols);
}

/** Both are needed. @internal */
export function toWindowSize(size: WindowSize, name: string): WindowSize {
  const { rows, cols } = validateOptions(size, name, ['rows', 'cols']);
  validateInteger(rows, `${name}.rows`, 0, MAX_SIZE);
  validateInteger(cols, `${name}.cols`, 0, MAX_SIZE);
  return { rows, cols };
}

function fromList([iflag, oflag, cflag, lflag, ispeed, ospeed, ...cc]: number[]): Termios {
  return { iflag, oflag, cflag, lflag, ispeed, ospeed, cc } as Termios;
}

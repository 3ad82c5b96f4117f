// Which name is meant by one that is not known?

// What the same thing is called elsewhere: in child_process, Python's subprocess, other libraries.
const NAMES_ELSEWHERE: Readonly<Record<string, string>> = {
  stdio: 'fds',
  detached: 'setsid',
  pgrp: 'pgid',
  processGroup: 'pgid',
  process_group: 'pgid',
  start_new_session: 'setsid',
  pass_fds: 'fds',
  directory: 'cwd',
  environment: 'env',
  envp: 'env',
  user: 'uid',
  group: 'gid',
  extra_groups: 'groups',
  rlimits: 'limits',
  chdir: 'cwd',
  abortSignal: 'signal',
  maxConcurrency: 'concurrency',
  close_on_exec: 'cloexec',
  nonBlocking: 'nonblock',
};

// A longer name is no mistyped option.
const LONGEST = 64;

/** The one among `known` that is probably meant by `key`, if there is one. @internal */
export function rightName(key: string, known: readonly string[]): string | undefined {
  const elsewhere = Object.hasOwn(NAMES_ELSEWHERE, key) ? NAMES_ELSEWHERE[key] : undefined;
  if (elsewhere !== undefined && known.includes(elsewhere)) return elsewhere;
  if (key.length > LONGEST) return undefined;
  // Of a short name one letter makes another word.
  const near = known.filter((each) => distance(plain(key), plain(each)) <= (each.length <= 4 ? 1 : 2));
  return near.sort((a, b) => distance(plain(key), plain(a)) - distance(plain(key), plain(b)))[0];
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

// How many letters are to be added, left out, changed or exchanged with their neighbour (Damerau and Levenshtein).
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(at(last, j) + 1, at(row, j - 1) + 1, changed);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, at(before, j - 2) + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}

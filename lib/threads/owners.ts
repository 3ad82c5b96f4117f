// Which library does a thread belong to, and what does that library not do in a child?
//
// The kernel tells a name, which says little (Node 24 and later call an addon's threads "MainThread"). But a thread that waits has return
// addresses into its library on its stack: 10 of 10 packages were found so. Looked for only where there is something to say, as it takes
// milliseconds.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** The library of a thread, and what is true of it in a child, where that was measured. @internal */
export interface Owner {
  library: string;
  inChild?: string;
}

interface Mapping {
  begin: number;
  end: number;
  code: boolean;
  file: string;
}

const MOST = 65_536; // bytes of a stack that are looked at
const NOBODYS = /^$|^\[|\/(libc|ld-linux-x86-64|ld-linux-aarch64|libpthread|libstdc\+\+|libm|libgcc_s|libdl|librt)[.-]/;

/** The owner of each of these threads that waits, as far as one can tell. @internal */
export function ownersOf(tids: readonly number[]): Map<number, Owner> {
  const owners = new Map<number, Owner>();
  if (tids.length === 0) return owners;
  try {
    const mappings = readMappings();
    const memory = openSync('/proc/self/mem', 'r');
    try {
      for (const tid of tids) {
        const file = libraryOnStack(tid, mappings, memory);
        if (file) owners.set(tid, ownerOf(file));
      }
    } finally {
      closeSync(memory);
    }
  } catch {
    // Not to be had (--permission, a process that has changed its user): then the names must do.
  }
  return owners;
}

/** The owner of a file: its package, or what the file is called. @internal */
export function ownerOf(file: string): Owner {
  const [, name] = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
  // A package for each platform, as "rolldown" has, is named for it at its end.
  const library = name?.replace(/-linux-\w+(-(gnu|musl))?$/, '') ?? file.slice(file.lastIndexOf('/') + 1);
  const inChild = IN_CHILD.find(([names]) => names.includes(library))?.[1];
  return { library, ...(inChild && { inChild }) };
}

/** True if a file belongs to a package, rather than to the program. @internal */
export function isOfPackage(file: string): boolean {
  return file.includes('/node_modules/');
}

// What `npm run test:packages` has found (test/packages/table.mjs).
const IN_CHILD: [names: string[], inChild: string][] = [
  [
    ['@img/sharp-libvips', 'lightningcss', '@rolldown/binding'],
    'its threads do the work, so do not use it in the child',
  ],
  [['synckit'], 'its Worker does the work, so do not use it in the child'],
  [
    ['piscina', 'tinypool', 'workerpool', 'jest-worker', 'zeromq'],
    'its threads do the work, so make one of its own in the child (registerAtFork)',
  ],
  [['thread-stream'], 'what the child writes to it is lost, so make one of its own there (registerAtFork)'],
];

function readMappings(): Mapping[] {
  const mappings: Mapping[] = [];
  for (const line of readFileSync('/proc/self/maps', 'latin1').split('\n')) {
    const [, begin, end, permissions = '', file = ''] =
      /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$/.exec(line) ?? [];
    if (begin === undefined || end === undefined) continue;
    mappings.push({ begin: parseInt(begin, 16), end: parseInt(end, 16), code: permissions[2] === 'x', file });
  }
  return mappings;
}

function find(mappings: Mapping[], address: number): Mapping | undefined {
  let [low, high] = [0, mappings.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const mapping = mappings[middle] as Mapping;
    if (address < mapping.begin) high = middle - 1;
    else if (address >= mapping.end) low = middle + 1;
    else return mapping;
  }
  return undefined;
}

// The library that has most addresses on the stack of a thread that is in a system call: its entry and its wait are there.
function libraryOnStack(tid: number, mappings: Mapping[], memory: number): string | undefined {
  // number, arguments, stack pointer, program counter; "running" where it is in none
  const fields = readFileSync(`/proc/self/task/${tid}/syscall`, 'latin1').trim().split(' ');
  const stackPointer = Number(fields.at(-2));
  const stack = fields.length > 2 ? find(mappings, stackPointer) : undefined;
  if (stack === undefined) return undefined;
  const bytes = Buffer.alloc(Math.min(stack.end - stackPointer, MOST));
  const length = readSync(memory, bytes, 0, bytes.length, stackPointer);
  const counts = new Map<string, number>();
  for (let at = 0; at + 8 <= length; at += 8) {
    const high = bytes.readUInt32LE(at + 4);
    if (high === 0 || high > 0xffff) continue; // no address of a program
    const mapping = find(mappings, high * 2 ** 32 + bytes.readUInt32LE(at));
    if (!mapping?.code || mapping.file === process.execPath || NOBODYS.test(mapping.file)) continue;
    counts.set(mapping.file, (counts.get(mapping.file) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

// Which profiles was Node started to write at the end of the process: --cpu-prof, --heap-prof? By the options as Node itself reads
// them: a command line, NODE_OPTIONS and a configuration file may have them, and a program may change all it sees of these.
import Module from 'node:module';
import process from 'node:process';
import { Inspection } from './inspect-scope.js';

/** One of them: its directory and its name (`''`: the ones that Node makes up), and the interval of its samples. @internal */
export interface AskedProfile {
  directory: string;
  name: string;
  interval: number;
}
type Kind = 'cpu' | 'heap';
type Asked = Partial<Record<Kind, AskedProfile>>;
type GetOptionValue = (name: string) => unknown;

// As it was before the program had a chance to patch it.
const runMain: unknown = Reflect.get(Module, 'runMain');
const { NODE_OPTIONS = '' } = process.env;
const mayBeAsked = /prof|config/.test([...process.execArgv, NODE_OPTIONS].join(' '));

let getOptionValue: GetOptionValue | undefined;
let asked: Asked | undefined;

/** Looks for it once, and only if there may be any: it takes half a millisecond. @internal */
export function askedProfiles(): Asked {
  asked ??= mayBeAsked ? findAsked() : {};
  return asked;
}

/** Whether what is asked for is known. @internal */
export function knowsAskedProfiles(): boolean {
  askedProfiles();
  return !mayBeAsked || getOptionValue !== undefined;
}

function findAsked(): Asked {
  getOptionValue = findGetOptionValue();
  const found: Asked = {};
  for (const kind of ['cpu', 'heap'] as const) {
    if (getOptionValue?.(`--${kind}-prof`) !== true) continue;
    found[kind] = {
      directory: String(getOptionValue(`--${kind}-prof-dir`)),
      name: String(getOptionValue(`--${kind}-prof-name`)),
      interval: Number(getOptionValue(`--${kind}-prof-interval`)),
    };
  }
  return found;
}

function findGetOptionValue(): GetOptionValue | undefined {
  if (typeof runMain !== 'function') return undefined;
  try {
    const found = Inspection.run((inspection) => inspection.scopeOf(runMain as () => void, ['getOptionValue']));
    return found.get('getOptionValue') as GetOptionValue | undefined;
  } catch {
    return undefined; // no inspector: then Node writes no profile either
  }
}

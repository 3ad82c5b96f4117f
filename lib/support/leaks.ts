// What of its parent's would a child have here though it should not?
import { knowsModuleHooks } from '../child/module-hooks.js';
import { knowsMathRandom, knowsRandomCaches } from '../child/random.js';
import { knowsTimers } from '../child/timers.js';
import type { SupportFact } from '../node/facts.js';
import { knowsWorkers } from '../threads/workers.js';

const PROMISES: readonly { name: string; fact: string; holds: () => boolean; without: string }[] = [
  {
    name: 'timerListMap, immediateQueue, immediateInfo',
    fact: "the close() of a timer sees Node's lists of timers and immediates, and node:inspector shows them",
    holds: knowsTimers,
    without: "the parent's timers and immediates run in its children, too: node:inspector does not show them here",
  },
  {
    name: 'v8::internal::MathRandom',
    fact: 'the state of Math.random() is in the native context, with the values that were drawn in advance',
    holds: knowsMathRandom,
    without:
      "Math.random() gives the same values in all children as in the parent: it is not V8's own here, or its state was not found",
  },
  {
    name: 'uuidData, asyncCachePool',
    fact: 'crypto.randomUUID() and crypto.randomInt() see what they have drawn in advance',
    holds: knowsRandomCaches,
    without:
      "crypto.randomUUID() and crypto.randomInt() may give the same values in all children: they are not Node's own here, or their caches were not found",
  },
  {
    name: 'kHandle, kPort, kPublicPort',
    fact: 'a Worker has what belongs to its thread behind symbols of these names, and the first of them has messagePort and onexit',
    holds: knowsWorkers,
    without:
      "a Worker of the parent's does not look ended in its children, and a child that posts to it, or terminates it, may crash: node:worker_threads keeps it otherwise here",
  },
  {
    name: 'hooksProxy, asyncLoaderHookWorker',
    fact: 'where there are module hooks, the module loader leads to their thread, and node:inspector shows it',
    holds: knowsModuleHooks,
    without: 'import() never settles in a child: the thread of the module hooks is not found',
  },
];

/** The rows about what a program can change, and so is looked at before each fork. @internal */
export function promises(): SupportFact[] {
  return PROMISES.map(({ name, fact, holds, without }) => ({ name, fact, holds: holds(), without }));
}

/** In words; empty where every promise is kept. @internal */
export function findLeaks(): string[] {
  return PROMISES.filter(({ holds }) => !holds()).map(({ without }) => without);
}

// How does one listen to the events of `process` if the program has frozen it (SES, a hardened runtime)? EventEmitter counts its
// events in the object itself, and throws; the table of the listeners is another object, and is not frozen with it.
import process from 'node:process';
import { EventEmitter } from 'node:events';

type Listener = (this: unknown, ...args: unknown[]) => unknown;

// As they were before the program had a chance to patch them.
const { apply } = Reflect;
const { isFrozen } = Object;
// eslint-disable-next-line @typescript-eslint/unbound-method -- applied to process
const { on, removeAllListeners } = EventEmitter.prototype;

function table(): Record<string, Listener | Listener[] | undefined> {
  return (process as unknown as { _events: Record<string, Listener | Listener[] | undefined> })._events;
}

/** @internal */
export function removeProcessListeners(event: 'exit' | 'beforeExit'): void {
  if (isFrozen(process)) table()[event] = undefined;
  else apply(removeAllListeners, process, [event]);
}

/** @internal */
export function onProcess(event: 'exit' | 'beforeExit', listener: Listener): void {
  if (!isFrozen(process)) {
    apply(on, process, [event, listener]);
    return;
  }
  const events = table();
  const before = events[event];
  events[event] = function (...args) {
    if (typeof before === 'function') apply(before, this, args);
    else for (let i = 0; i < (before?.length ?? 0); i++) apply((before as Listener[])[i] as Listener, this, args);
    return apply(listener, this, args);
  };
}

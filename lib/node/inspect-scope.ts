// What does a function of Node's see that nobody exports? An inspector session within the process can tell.
import type { Session } from 'node:inspector';
import { types } from 'node:util';
import { ask, openSession } from './session.js';

interface Property {
  name: string;
  value?: { objectId?: string; subtype?: string; description?: string };
}
interface Properties {
  result: Property[];
  internalProperties?: Property[];
  privateProperties?: Property[];
}

/** A short conversation with the inspector; closed at the end of the callback. @internal */
export class Inspection {
  readonly #session: Session;

  /** @throws where node:inspector is not to be had */
  static run<T>(talk: (inspection: Inspection) => T): T {
    const session = openSession();
    try {
      return talk(new Inspection(session));
    } finally {
      session.disconnect();
    }
  }

  private constructor(session: Session) {
    this.#session = session;
  }

  /** The variables with these names in the innermost scope of `target` that has any of them. */
  scopeOf(target: (...args: never[]) => unknown, names: readonly string[]): Map<string, unknown> {
    const found = new Map<string, unknown>();
    for (const scope of this.#scopes(target)) {
      for (const { name, value } of scope) {
        if (names.includes(name) && value?.objectId !== undefined) found.set(name, this.#objectOf(value.objectId));
      }
      if (found.size > 0) return found;
    }
    return found;
  }

  /** The object in the first private field of `object` that has one of these names (`'#worker'`). */
  privateOf(object: object, names: readonly string[]): unknown {
    const { privateProperties = [] } = this.#properties(this.#idOf(object));
    const field = privateProperties.find(({ name, value }) => names.includes(name) && value?.objectId !== undefined);
    return field?.value?.objectId === undefined ? undefined : this.#objectOf(field.value.objectId);
  }

  /** The byte arrays that `target` sees, innermost first. */
  bytesSeenBy(target: (...args: never[]) => unknown): Uint8Array[] {
    const found = [];
    for (const scope of this.#scopes(target)) {
      for (const { value } of scope) {
        if (value?.subtype !== 'typedarray' || value.objectId === undefined) continue;
        const array = this.#objectOf(value.objectId);
        if (types.isUint8Array(array)) found.push(array); // a test environment has a Uint8Array of its own
      }
    }
    return found;
  }

  // Of the closure, the innermost first; not the global one.
  *#scopes(target: (...args: never[]) => unknown): Iterable<Property[]> {
    const scopes = this.#properties(this.#idOf(target)).internalProperties?.find(({ name }) => name === '[[Scopes]]');
    if (scopes?.value?.objectId === undefined) return;
    for (const { value: scope } of this.#properties(scopes.value.objectId).result) {
      if (scope?.objectId !== undefined && scope.description !== 'Global')
        yield this.#properties(scope.objectId).result;
    }
  }

  /** All objects that have `prototype` in their prototype chain. Walks the whole heap. */
  allWith(prototype: object): unknown[] {
    const { objects } = this.#post<{ objects: { objectId: string } }>('Runtime.queryObjects', {
      prototypeObjectId: this.#idOf(prototype),
    });
    return this.#objectOf(objects.objectId) as unknown[];
  }

  #properties(objectId: string): Properties {
    return this.#post('Runtime.getProperties', { objectId, ownProperties: true });
  }

  // The inspector and this code meet in a global variable, for the length of one call.
  #idOf(object: object): string {
    return lend({ object }, (name) => {
      const { result } = this.#post<{ result: { objectId: string } }>('Runtime.evaluate', {
        expression: `globalThis[Symbol.for('${name}')].object`,
      });
      return result.objectId;
    });
  }

  #objectOf(objectId: string): unknown {
    const borrowed: { object?: unknown } = {};
    lend(borrowed, (name) =>
      this.#post('Runtime.callFunctionOn', {
        objectId,
        functionDeclaration: `function () { globalThis[Symbol.for('${name}')].object = this; }`,
      }),
    );
    return borrowed.object;
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows the protocol
  #post<T>(method: string, params: object): T {
    return ask<T>(this.#session, method, params);
  }
}

function lend<T>(object: object, use: (name: string) => T): T {
  const name = 'posix-fork.lend';
  const slot = globalThis as unknown as Record<symbol, unknown>;
  slot[Symbol.for(name)] = object;
  try {
    return use(name);
  } finally {
    Reflect.deleteProperty(slot, Symbol.for(name));
  }
}

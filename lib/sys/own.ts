// Which of several kinds is a message?
const { hasOwn } = Object; // as it was before the program had a chance to patch it

/** `key in of`, but not what a program has put on `Object.prototype`. @internal */
export function has<T extends object, K extends PropertyKey>(of: T, key: K): of is Extract<T, Record<K, unknown>> {
  return hasOwn(of, key);
}

// How does one listen to an AbortSignal of a caller's?

// By the platform's functions, whatever the signal has under their names: one that throws must take neither other waits along,
// nor a child that has been forked by then.
/** @internal */
// eslint-disable-next-line @typescript-eslint/unbound-method -- they are called with a signal
export const { addEventListener, removeEventListener } = EventTarget.prototype;

// What a program has put on `Object.prototype` (`signal`) is none of it.
/** The options for a listener that is called once. @internal */
export const ONCE: { readonly once: true } = Object.freeze(
  Object.assign(Object.create(null) as object, { once: true as const }),
);

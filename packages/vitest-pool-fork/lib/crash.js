// A process ended in the middle of a test file: how does the file fail? By what the process would have said, had it been able to.

export class Crash {
  #file;
  #collected = false;
  #call;

  /** Sees each message of the process's. */
  watch(message) {
    if (message.m === 'onQueued' || message.m === 'onCollected') {
      this.#call = message; // the form of a call, in this version of Vitest
      this.#file = [message.a[0]].flat()[0];
      this.#collected = message.m === 'onCollected';
    }
    if (message.type === 'testfileFinished') this.#file = undefined;
  }

  /** The messages to be had from it; undefined if it was at no file. */
  report(message) {
    if (this.#file === undefined) return undefined;
    const { id } = this.#file;
    const result = {
      state: 'fail',
      startTime: Date.now(),
      duration: 0,
      errors: [{ name: 'Error', message, stack: message }],
    };
    const event = this.#collected ? 'suite-finished' : 'suite-failed-early';
    const update = {
      ...this.#call,
      i: undefined,
      m: 'onTaskUpdate',
      a: [[[id, result, {}]], [[id, event, undefined]]],
    };
    return [update, { type: 'testfileFinished', __vitest_worker_response__: true }];
  }
}

// The other end of bench/subjects/port.mjs, whatever it is. Sends views when asked for them, and back what else comes.
'use strict';
const { once } = require('node:events');
const { parentPort } = require('node:worker_threads');

let view = new Uint8Array(0);

exports.serve = function serve(port) {
  const post = (message) => (port.postMessage ? port.postMessage(message) : port.send(message));
  port.on('message', async (message) => {
    if (typeof message === 'number') return void post(message);
    if (view.length !== message.size) view = new Uint8Array(message.size).fill(1);
    for (let i = 0; i < message.count; i++) {
      // Only a ForkPort says when to wait.
      if (post(view) === false && port.receiveSync) await once(port, 'drain');
    }
  });
  return new Promise((resolve) => port.once('close', resolve));
};

if (parentPort) exports.serve(parentPort);
else if (process.send) exports.serve(process);

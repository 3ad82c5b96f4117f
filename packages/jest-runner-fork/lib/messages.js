// What becomes of a message on its way from a worker of Jest's? jest-worker sends JSON, and what JSON cannot have (a circle, a bigint) in a
// form of its own. It is asked for both, so nothing is lost here that is not lost there.
const { createRequire } = require('node:module');

const ofRunner = createRequire(require.resolve('jest-runner'));
const { messageParent } = ofRunner('jest-worker');
const { deserialize } = createRequire(ofRunner.resolve('jest-worker'))('@ungap/structured-clone');

/** The first element of what messageParent() sends, in this version of jest-worker: what happens in a test file while it runs. */
let custom;
messageParent(undefined, { send: ([kind]) => (custom = kind) });

exports.isCustom = function isCustom(message) {
  return Array.isArray(message) && message[0] === custom;
};

/** The text of a message. */
exports.pack = function pack(message) {
  let text;
  messageParent(message, { send: ([, packed]) => (text = JSON.stringify(packed)) });
  return text;
};

exports.unpack = function unpack(message) {
  return message?.__STRUCTURED_CLONE_SERIALIZED__ ? deserialize(message.data) : message;
};

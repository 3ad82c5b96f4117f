// As much of a MongoDB as its client's ping asks for: messages of the kind OP_MSG, and OP_QUERY for the first. There is no server of
// it in Debian. argv: the port, the folder that mongodb is installed in.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { serveFrames } from './frames.mjs';

const [port, folder] = process.argv.slice(2);
const { default: load } = await import(pathToFileURL(path.join(folder, 'load.mjs')).href);
const { BSON } = await load('mongodb');

const [OP_REPLY, OP_QUERY, OP_MSG] = [1, 2004, 2013];
const HELLO = {
  ok: 1,
  helloOk: true,
  ismaster: true,
  isWritablePrimary: true,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  minWireVersion: 0,
  maxWireVersion: 21,
};

serveFrames(Number(port), { header: 16, lengthOf: (data) => data.readInt32LE(0), answer: answerTo });

function answerTo(message) {
  const [id, operation] = [message.readInt32LE(4), message.readInt32LE(12)];
  const document = Buffer.from(BSON.serialize({ ...HELLO, localTime: new Date() }));
  const before =
    operation === OP_QUERY
      ? Buffer.from([8, 0, 0, 0, ...new Array(8).fill(0), 0, 0, 0, 0, 1, 0, 0, 0]) // flags, cursor, from, number
      : Buffer.from([0, 0, 0, 0, 0]); // flags, kind of section
  const header = Buffer.alloc(16);
  header.writeInt32LE(16 + before.length + document.length, 0);
  header.writeInt32LE(id, 8);
  header.writeInt32LE(operation === OP_QUERY ? OP_REPLY : OP_MSG, 12);
  return Buffer.concat([header, before, document]);
}

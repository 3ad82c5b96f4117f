// As much of a broker of Kafka as a producer asks for: which versions it knows, where the topic is, and one message after the other. argv:
// the port.
import { serveFrames } from './frames.mjs';

const port = Number(process.argv[2]);
const [PRODUCE, METADATA, API_VERSIONS] = [0, 3, 18];
const int16 = (value) => [(value >> 8) & 255, value & 255];
const int32 = (value) => [...int16(value >> 16), ...int16(value & 65_535)];
const text = (string) => [...int16(string.length), ...Buffer.from(string)];
const [NO_ERROR, NONE, BROKER, PARTITION] = [int16(0), int16(-1), int32(1), int32(0)];
const list = (...items) => [...int32(items.length), ...items.flat()];

const ANSWERS = {
  [PRODUCE]: () => list([...text('topic'), ...list([...PARTITION, ...NO_ERROR, ...int32(0), ...int32(0)])]),
  [METADATA]: () => [
    ...list([...BROKER, ...text('127.0.0.1'), ...int32(port), ...NONE]),
    ...BROKER, // the controller
    ...list([
      ...NO_ERROR,
      ...text('topic'),
      0, // not internal
      ...list([...NO_ERROR, ...PARTITION, ...BROKER, ...list(BROKER), ...list(BROKER)]),
    ]),
  ],
  [API_VERSIONS]: (version) => [
    ...NO_ERROR,
    ...list(
      [...int16(PRODUCE), ...int16(0), ...int16(0)],
      [...int16(METADATA), ...int16(1), ...int16(1)],
      [...int16(API_VERSIONS), ...int16(0), ...int16(2)],
    ),
    ...(version > 0 ? int32(0) : []), // it throttles nobody
  ],
};

serveFrames(port, {
  header: 4,
  lengthOf: (data) => 4 + data.readInt32BE(0),
  answer(message) {
    const request = message.subarray(4);
    const answer = ANSWERS[request.readInt16BE(0)](request.readInt16BE(2));
    return Buffer.from([...int32(4 + answer.length), ...request.subarray(4, 8), ...answer]);
  },
});

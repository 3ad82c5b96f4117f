// As much of a broker of Kafka as a producer asks for: which versions it knows, where the topic is, and one message after the other. argv:
// the port.
import net from 'node:net';

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

net
  .createServer((socket) => {
    let data = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (more) => {
      data = Buffer.concat([data, more]);
      while (data.length >= 4 && data.length >= 4 + data.readInt32BE(0)) {
        const request = data.subarray(4, 4 + data.readInt32BE(0));
        data = data.subarray(4 + request.length);
        const answer = ANSWERS[request.readInt16BE(0)](request.readInt16BE(2));
        socket.write(Buffer.from([...int32(4 + answer.length), ...request.subarray(4, 8), ...answer]));
      }
    });
  })
  .listen(port, '127.0.0.1');

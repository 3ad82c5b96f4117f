// As much of a broker of AMQP 0-9-1 as its client asks for that declares a queue. argv: the port.
import net from 'node:net';

const [METHOD, FRAME_END] = [1, 0xce];
const HEADER = 7; // kind, channel, size
const text = (string) => [string.length, ...Buffer.from(string)];
const long = (value) => [0, 0, 0, value];

// What is asked, by class and method, and the answer: its method, and its arguments.
const ANSWERS = {
  '10,11': () => [30, [0, 0, 0, 2, 0, 0, 0, 0]], // start-ok; tune: no limits but frames of 128 KB, no heartbeat
  '10,40': () => [41, text('')], // open; open-ok
  '10,50': () => [51, []], // close; close-ok
  '20,10': () => [11, long(0)], // open of a channel
  '20,40': () => [41, []], // close of a channel
  '50,10': (asked) => [11, [...text(asked.toString('latin1', 7, 7 + asked[6])), ...long(0), ...long(0)]], // declare
};
const START = [10, 10, [0, 9, ...long(0), ...long(5), ...Buffer.from('PLAIN'), ...long(5), ...Buffer.from('en_US')]];

net
  .createServer((socket) => {
    let data = Buffer.alloc(0);
    const send = (channel, kind, method, fields) => {
      const payload = [0, kind, 0, method, ...fields];
      socket.write(Buffer.from([METHOD, 0, channel, 0, 0, 0, payload.length, ...payload, FRAME_END]));
    };
    socket.on('error', () => {});
    socket.on('data', (more) => {
      data = Buffer.concat([data, more]);
      if (data.toString('latin1', 0, 4) === 'AMQP') {
        data = data.subarray(8);
        send(0, ...START);
      }
      while (data.length >= HEADER && data.length > HEADER + data.readUInt32BE(3)) {
        const end = HEADER + data.readUInt32BE(3);
        const [channel, payload] = [data.readUInt16BE(1), data.subarray(HEADER, end)];
        const answer = data[0] === METHOD && ANSWERS[`${payload[1]},${payload[3]}`];
        data = data.subarray(end + 1);
        if (answer) send(channel, payload[1], ...answer(payload));
      }
    });
  })
  .listen(Number(process.argv[2]), '127.0.0.1');

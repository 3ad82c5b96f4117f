// How does a server that is a file of its own serve a protocol whose messages begin with their length?
import net from 'node:net';

/**
 * Answers each message that has come as a whole.
 *
 * @param header - so many bytes tell how long a message is
 * @param lengthOf - of the message that `data` begins with, its header included
 */
export function serveFrames(port, { header, lengthOf, answer }) {
  net
    .createServer((socket) => {
      let data = Buffer.alloc(0);
      socket.on('error', () => {});
      socket.on('data', (more) => {
        data = Buffer.concat([data, more]);
        while (data.length >= header && data.length >= lengthOf(data)) {
          const message = data.subarray(0, lengthOf(data));
          data = data.subarray(message.length);
          socket.write(answer(message));
        }
      });
    })
    .listen(port, '127.0.0.1');
}

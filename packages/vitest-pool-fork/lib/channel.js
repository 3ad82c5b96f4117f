// How do Vitest and the process of a test file talk? Length, then a structured clone, over a Unix socket, both ways.
//
// In that process tests replace what they like (fake timers, prototypes of Buffer): nothing here looks a global up later.
import v8 from 'node:v8';

const { serialize, deserialize } = v8;
const { concat, alloc } = Buffer;
const HEADER = 4; // bytes

/** Returns what sends a value through `socket`; calls `onMessage` with each that comes. */
export function openChannel(socket, onMessage) {
  let parts = [];
  let have = 0;
  let want = HEADER;
  let inBody = false;
  socket.on('data', (chunk) => {
    parts.push(chunk);
    have += chunk.length;
    if (have < want) return;
    let rest = parts.length === 1 ? chunk : concat(parts);
    while (rest.length >= want) {
      const piece = rest.subarray(0, want);
      rest = rest.subarray(want);
      want = inBody ? HEADER : piece.readUInt32LE(0);
      if (inBody) onMessage(deserialize(piece));
      inBody = !inBody;
    }
    parts = [rest];
    have = rest.length;
  });
  socket.on('error', () => {}); // 'close' follows, and says all that is to be said
  return (value) => {
    const body = serialize(value);
    const header = alloc(HEADER);
    header.writeUInt32LE(body.length);
    socket.cork();
    socket.write(header);
    socket.write(body);
    socket.uncork();
  };
}

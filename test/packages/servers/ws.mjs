// A server that sends back what it is sent. argv: the port, the folder that ws is installed in.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [port, folder] = process.argv.slice(2);
const { default: load } = await import(pathToFileURL(path.join(folder, 'load.mjs')).href);
const { WebSocketServer } = await load('ws');
new WebSocketServer({ port: Number(port), host: '127.0.0.1' }).on('connection', (socket) => {
  socket.on('message', (data) => socket.send(data));
});

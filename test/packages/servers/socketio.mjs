// A server that answers what it is told. argv: the port, the folder that socket.io is installed in.
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [port, folder] = process.argv.slice(2);
const { default: load } = await import(pathToFileURL(path.join(folder, 'load.mjs')).href);
const { Server } = await load('socket.io');
const server = http.createServer();
new Server(server).on('connection', (socket) => socket.on('say', (text, answer) => answer(text)));
server.listen(Number(port), '127.0.0.1');

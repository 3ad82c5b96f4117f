// A service that says what it is told. argv: the port, the folder that @grpc/grpc-js is installed in.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ECHO } from './echo.mjs';

const [port, folder] = process.argv.slice(2);
const { default: load } = await import(pathToFileURL(path.join(folder, 'load.mjs')).href);
const { default: grpc } = await load('@grpc/grpc-js');
const server = new grpc.Server();
server.addService(ECHO, { say: ({ request }, callback) => callback(null, request) });
server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});

// A service that says what it is told. argv: the port, the folder that @grpc/grpc-js is installed in.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [port, folder] = process.argv.slice(2);
const { default: load } = await import(pathToFileURL(path.join(folder, 'load.mjs')).href);
const { default: grpc } = await load('@grpc/grpc-js');
const same = (value) => value;
const server = new grpc.Server();
server.addService(
  {
    say: {
      path: '/Echo/say',
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  },
  { say: ({ request }, callback) => callback(null, request) },
);
server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});

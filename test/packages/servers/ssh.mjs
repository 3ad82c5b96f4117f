// A server of SSH that lets everybody in, and runs nothing. argv: the port, the folder that ssh2 is installed in.
import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [port, folder] = process.argv.slice(2);
const { default: load } = await import(pathToFileURL(path.join(folder, 'load.mjs')).href);
const { default: ssh } = await load('ssh2');
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});

const answer = (accept) => {
  const stream = accept();
  stream.end('answer');
  stream.exit(0);
};
new ssh.Server({ hostKeys: [privateKey] }, (client) => {
  client.on('error', () => {});
  client.on('authentication', (context) => context.accept());
  client.on('session', (accept) => accept().on('exec', answer));
}).listen(Number(port), '127.0.0.1');

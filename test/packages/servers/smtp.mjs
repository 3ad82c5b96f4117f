// A mail server that takes everything, and keeps nothing. argv: the port, the folder that smtp-server is installed in.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [port, folder] = process.argv.slice(2);
const { default: load } = await import(pathToFileURL(path.join(folder, 'load.mjs')).href);
const { SMTPServer } = await load('smtp-server');
const onData = (stream, session, done) => stream.resume().on('end', done);
const server = new SMTPServer({ authOptional: true, disabledCommands: ['STARTTLS', 'AUTH'], onData });
server.on('error', () => {});
server.listen(Number(port), '127.0.0.1');

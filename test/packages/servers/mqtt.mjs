// A broker of MQTT. argv: the port, the folder that aedes is installed in.
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [port, folder] = process.argv.slice(2);
const { default: load } = await import(pathToFileURL(path.join(folder, 'load.mjs')).href);
const { Aedes } = await load('aedes');
const broker = await Aedes.createBroker();
net.createServer(broker.handle).listen(Number(port), '127.0.0.1');

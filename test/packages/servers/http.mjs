// A server that keeps its connections. argv: the port.
import http from 'node:http';

const server = http.createServer((request, response) => response.end('answer'));
server.keepAliveTimeout = 600_000;
server.listen(Number(process.argv[2]), '127.0.0.1');

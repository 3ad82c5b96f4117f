// What of Node's own would the child write to a severed connection, or ask one? The idle connections that it keeps for the
// next request of anybody to the same host, and the sockets on which name servers are being asked. The child's own requests
// get new ones. (An Agent, a Pool or a dns.Resolver that the program made is in nobody's list: those are not found.)
import type dns from 'node:dns';
import type http from 'node:http';
import type { Socket } from 'node:net';
import { fetchWasUsed, renewFetch } from '../node/fetch.js';
import { handleOf } from '../node/handles.js';
import { loaded } from '../node/loaded.js';
import { onlyInChildren } from './rehearsal.js';
import { retain } from './retained.js';

// What counts for `maxTotalSockets`; Node does not document it.
type Counting = http.Agent & { totalSocketCount?: number };

let agents: http.Agent[] = [];
let fetches = false;
let resolver: typeof dns | undefined;

/** Parent, before the fork. @internal */
export function prepareConnections(): void {
  agents = (['http', 'https'] as const)
    .flatMap((name) => loaded<typeof http>(name)?.globalAgent ?? [])
    .filter(({ freeSockets }) => Object.keys(freeSockets).length > 0);
  fetches = fetchWasUsed();
  resolver = loaded<typeof dns>('dns');
}

/** Child: as becomeChild() says. @param kept - descriptors that are the child's, too. @internal */
export function forgetConnections(kept: readonly number[]): void {
  for (const agent of agents) forgetIdle(agent, kept);
  if (fetches) renewFetch();
  // Makes a new channel of c-ares; what the parent was asking goes on, unheard, on the old one.
  if (resolver) resolver.setServers(resolver.getServers());
}

// Not destroyed: what comes of that, listeners and hooks of the program's would hear of.
function forgetIdle(agent: Counting, kept: readonly number[]): void {
  const { freeSockets } = agent as { freeSockets: Record<string, Socket[] | undefined> };
  for (const [name, sockets = []] of Object.entries(freeSockets)) {
    const left = sockets.filter((socket) => kept.includes(handleOf(socket)?.fd ?? -1));
    retain(sockets);
    if (typeof agent.totalSocketCount === 'number') agent.totalSocketCount -= sockets.length - left.length;
    if (left.length > 0) freeSockets[name] = left;
    else Reflect.deleteProperty(freeSockets, name);
  }
}

onlyInChildren(forgetIdle);

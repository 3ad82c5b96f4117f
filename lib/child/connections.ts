// What of Node's own would the child write to a severed connection, or ask one? The idle connections that it keeps for the
// next request of anybody to the same host, and the sockets on which name servers are being asked. The child's own requests
// get new ones. (An Agent, a Pool or a dns.Resolver that the program made is in nobody's list: those are not found.)
import type dns from 'node:dns';
import type http from 'node:http';
import type { Socket } from 'node:net';
import { loaded } from '../node/loaded.js';

let agents: http.Agent[] = [];
let fetches = false;
let resolver: typeof dns | undefined;

/** Parent, before the fork. @internal */
export function prepareConnections(): void {
  agents = (['http', 'https'] as const)
    .flatMap((name) => loaded<typeof http>(name)?.globalAgent ?? [])
    .filter(({ freeSockets }) => Object.keys(freeSockets).length > 0);
  fetches = DISPATCHERS.some((symbol) => symbol in globalThis);
  resolver = loaded<typeof dns>('dns');
}

/** Child: as becomeChild() says. @param kept - descriptors that are the child's, too. @internal */
export function forgetConnections(kept: readonly number[]): void {
  for (const agent of agents) forgetIdle(agent, kept);
  if (fetches) renewFetch();
  // Makes a new channel of c-ares; what the parent was asking goes on, unheard, on the old one.
  if (resolver) resolver.setServers(resolver.getServers());
}

function forgetIdle({ freeSockets }: http.Agent, kept: readonly number[]): void {
  for (const socket of Object.values(freeSockets).flatMap((sockets) => sockets ?? [])) {
    const { _handle: handle } = socket as Socket & { _handle?: { fd?: number } | null };
    if (!kept.includes(handle?.fd ?? -1)) socket.destroy(); // says nothing to the peer: it is severed
  }
}

// In this order: the older one may wrap the newer.
const DISPATCHERS = [2, 1].map((version) => Symbol.for(`undici.globalDispatcher.${version}`));

interface UndiciAgent {
  constructor: new (options: object) => UndiciAgent;
}

// fetch() finds its connections through these symbols, so that a program can put others there (setGlobalDispatcher() of
// undici). Only an Agent is replaced, by one with the same options: a proxy, a mock, or a class of the program's stays.
function renewFetch(): void {
  const global = globalThis as unknown as Record<symbol, UndiciAgent | undefined>;
  const renewed = new Map<UndiciAgent, UndiciAgent>();
  let latest: UndiciAgent | undefined;
  for (const symbol of DISPATCHERS) {
    const agent = global[symbol];
    if (agent?.constructor.name === 'Agent') {
      latest = renewed.get(agent) ?? new agent.constructor(optionsOf(agent));
      renewed.set(agent, latest);
      global[symbol] = latest;
    } else if (agent?.constructor.name === 'Dispatcher1Wrapper' && latest) {
      global[symbol] = new agent.constructor(latest);
    }
  }
}

function optionsOf(agent: object): object {
  const symbols = Object.getOwnPropertySymbols(agent);
  const valueOf = (name: string): unknown =>
    Reflect.get(agent, symbols.find(({ description }) => description === name) ?? name);
  return { ...(valueOf('options') as object | undefined), factory: valueOf('factory') };
}

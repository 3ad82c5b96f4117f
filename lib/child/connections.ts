// What of Node's own would the child write to a severed connection, or ask one? The idle connections that it keeps for the
// next request of anybody to the same host, and the sockets on which name servers are being asked. The child's own requests
// get new ones. (An Agent, a Pool or a dns.Resolver that the program made is in nobody's list: those are not found.)
import type dns from 'node:dns';
import type http from 'node:http';
import type { Socket } from 'node:net';

/** @param kept - descriptors that are the child's, too. @internal */
export function leaveConnections(kept: readonly number[]): void {
  for (const name of ['http', 'https'] as const) {
    const module = loaded<typeof http>(name);
    if (module) leaveIdle(module.globalAgent, kept);
  }
  renewFetch();
  const resolver = loaded<typeof dns>('dns');
  // Makes a new channel of c-ares; what the parent was asking goes on, unheard, on the old one.
  if (resolver) resolver.setServers(resolver.getServers());
}

function leaveIdle({ freeSockets }: http.Agent, kept: readonly number[]): void {
  for (const socket of Object.values(freeSockets).flatMap((sockets) => sockets ?? [])) {
    const { _handle: handle } = socket as Socket & { _handle?: { fd?: number } | null };
    if (!kept.includes(handle?.fd ?? -1)) socket.destroy(); // says nothing to the peer: it is severed
  }
}

interface UndiciAgent {
  constructor: new (options: object) => UndiciAgent;
}

// fetch() finds its connections through these symbols, so that a program can put others there (setGlobalDispatcher() of
// undici). Only an Agent is replaced, by one with the same options: a proxy, a mock, or a class of the program's stays.
function renewFetch(): void {
  const global = globalThis as unknown as Record<symbol, UndiciAgent | undefined>;
  const renewed = new Map<UndiciAgent, UndiciAgent>();
  let latest: UndiciAgent | undefined;
  for (const version of [2, 1]) {
    const symbol = Symbol.for(`undici.globalDispatcher.${version}`);
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

// What nobody has loaded has no connections; importing it would load it for everyone.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller knows the module
function loaded<T>(builtin: string): T | undefined {
  const { moduleLoadList } = process as unknown as { moduleLoadList: string[] };
  if (!moduleLoadList.includes(`NativeModule ${builtin}`)) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- see above
  return require(`node:${builtin}`) as T;
}

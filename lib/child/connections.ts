// What would write to a severed connection in the child, or send a query through one? Connections that an agent keeps for the next request of anybody to the
// same host, those in use that count for what it may open, and the sockets on which name servers are being asked. The child's own
// requests get new ones. (A pool of another client's, or a dns.Resolver that the program made, is in nobody's list: those are not found.)
import { subscribe } from 'node:diagnostics_channel';
import type dns from 'node:dns';
import type http from 'node:http';
import type { Socket } from 'node:net';
import { fetchWasUsed, renewFetch } from '../node/fetch.js';
import { handleOf } from '../node/handles.js';
import { sendNothing } from '../node/http-requests.js';
import { loaded } from '../node/loaded.js';
import { onlyInChildren } from './rehearsal.js';
import { retain } from './retained.js';

type Lists = Record<string, unknown[] | undefined>;
interface Agent {
  freeSockets: Lists;
  sockets: Lists;
  requests: Lists;
  /** What counts for `maxTotalSockets`; Node does not document it. */
  totalSocketCount?: number;
}

/** Objects that this list does not keep alive. */
class Seen<T extends object> {
  private readonly things = new WeakSet<T>();
  private references: WeakRef<T>[] = [];
  private most = 64;

  add(thing: T): void {
    if (this.things.has(thing)) return;
    this.things.add(thing);
    this.references.push(new WeakRef(thing));
    if (this.references.length < this.most) return;
    this.references = this.references.filter((each) => each.deref() !== undefined);
    this.most = 2 * this.references.length + 64;
  }

  all(): T[] {
    return this.references.flatMap((each) => each.deref() ?? []);
  }
}

const agentsOfProgram = new Seen<http.Agent>();
subscribe('http.client.request.start', (message) => {
  const { agent } = (message as { request: { agent?: http.Agent | null } }).request;
  if (agent) agentsOfProgram.add(agent);
});

let socketsOfUndici = new Seen<Socket>();
subscribe('undici:client:connected', (message) => {
  socketsOfUndici.add((message as { socket: Socket }).socket);
});

let agents: Agent[] = [];
let allOfUndici: Socket[] = [];
let seenByChild = new Seen<Socket>();
let idleOfUndici: Socket[] = [];
let fetches = false;
let resolver: typeof dns | undefined;

/** Parent, before the fork. @internal */
export function prepareConnections(): void {
  const ofNode = (['http', 'https'] as const).flatMap((name) => loaded<typeof http>(name)?.globalAgent ?? []);
  agents = ([...new Set([...ofNode, ...agentsOfProgram.all()])] as unknown as Agent[]).filter(isInUse);
  allOfUndici = socketsOfUndici.all().filter((socket) => !socket.destroyed);
  idleOfUndici = allOfUndici.filter(isIdle);
  seenByChild = new Seen();
  fetches = fetchWasUsed();
  resolver = loaded<typeof dns>('dns');
}

// Of another class an agent may have anything. (Those of Node's have lists without a prototype.)
function isInUse({ freeSockets, sockets, requests }: Partial<Agent>): boolean {
  const lists: unknown[] = [freeSockets, sockets, requests];
  return (
    lists.every((each) => typeof each === 'object' && each !== null) &&
    Object.keys({ ...freeSockets, ...sockets, ...requests }).length > 0
  );
}

// undici calls unref() on a connection with no request under way: resumeH1() of its lib/dispatcher/client-h1.js.
function isIdle(socket: Socket): boolean {
  return handleOf(socket)?.hasRef?.() === false;
}

/** Child: as becomeChild() says. @param kept - descriptors that are the child's, too. @internal */
export function forgetConnections(kept: readonly number[]): void {
  for (const agent of agents) forgetAgents(agent, kept);
  // It says nothing to the peer, as it is severed; undici hears of it, and connects anew.
  for (const socket of idleOfUndici) if (!isKept(socket, kept)) socket.destroy();
  // Those in use are not its own, and look idle to its own forks: closed there, they would let undici connect for the parent's requests.
  socketsOfUndici = seenByChild;
  for (const socket of allOfUndici) if (isKept(socket, kept)) socketsOfUndici.add(socket);
  if (fetches) renewFetch();
  // Makes a new channel of c-ares; what the parent was asking goes on, unheard, on the old one.
  if (resolver) resolver.setServers(resolver.getServers());
}

// They are not destroyed: the program's listeners and hooks would hear of that. The requests that wait for a connection are the
// parent's.
function forgetAgents(agent: Agent, kept: readonly number[]): void {
  for (const lists of [agent.freeSockets, agent.sockets, agent.requests]) {
    for (const [name, things = []] of Object.entries(lists)) {
      const left = lists === agent.requests ? [] : things.filter((thing) => isKept(thing as Socket, kept));
      retain(things);
      if (lists === agent.sockets)
        for (const socket of things) if (!left.includes(socket)) sendNothing(socket as object);
      if (lists !== agent.requests && typeof agent.totalSocketCount === 'number')
        agent.totalSocketCount -= things.length - left.length;
      if (left.length > 0) lists[name] = left;
      else Reflect.deleteProperty(lists, name);
    }
  }
}

function isKept(socket: Socket, kept: readonly number[]): boolean {
  return kept.includes(handleOf(socket)?.fd ?? -1);
}

onlyInChildren(forgetAgents, sendNothing);

// Where does fetch() have its connections? In a dispatcher of undici's behind a symbol that everybody can have, so that a program
// can put another one there (setGlobalDispatcher()).

// In this order: the older one may wrap the newer.
export const DISPATCHERS = [2, 1].map((version) => Symbol.for(`undici.globalDispatcher.${version}`));

interface UndiciAgent {
  constructor: new (options: object) => UndiciAgent;
}

/** @internal */
export function fetchWasUsed(): boolean {
  return DISPATCHERS.some((symbol) => symbol in globalThis);
}

/** Only an Agent is replaced, by one with the same options: a proxy, a mock, or a class of the program's stays. @internal */
export function renewFetch(): void {
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

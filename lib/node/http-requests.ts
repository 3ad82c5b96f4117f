// How is a request kept from being sent that has been given an idle connection, and hears of it in the next tick (onSocketNT() of
// lib/_http_client.js)?

interface Connection {
  _httpMessage?: { socket: unknown } | null;
  writable: boolean;
}

/** Child. It sends nothing where the connection takes nothing, and nobody hears of that. @internal */
export function sendNothing(connection: object): void {
  const { _httpMessage: request } = connection as Connection; // until that tick none, or from Node 24 on one without a socket
  if (!request?.socket) (connection as Connection).writable = false;
}

// What becomes of messages that have arrived at the parent's ports but were not read yet? Node reads many in one turn
// (MessagePort::OnMessage in src/node_messaging.cc): if fork() is called by the listener of one, the child would get the rest.
import { executionAsyncResource } from 'node:async_hooks';
import { MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { activeHandles } from '../node/handles.js';
import { onlyInChildren } from './rehearsal.js';
import { retain } from './retained.js';

/** Child: as becomeChild() says. @internal */
export function forgetMessages(): void {
  const ports = activeHandles() ?? [];
  ports[ports.length] = executionAsyncResource(); // one that is unref'd, and at work
  for (let i = 0; i < ports.length; i++) {
    const port = ports[i];
    if (!(port instanceof MessagePort)) continue;
    for (let got = receiveMessageOnPort(port); got; got = receiveMessageOnPort(port)) retain(got);
  }
}

onlyInChildren(activeHandles, executionAsyncResource);

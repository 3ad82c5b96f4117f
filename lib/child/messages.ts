// What becomes of messages that have arrived at the parent's ports but were not read yet? Node reads many in one turn
// (MessagePort::OnMessage in src/node_messaging.cc): if fork() is called by the listener of one, the child would get the rest.
import { executionAsyncResource } from 'node:async_hooks';
import { MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { onlyInChildren } from './rehearsal.js';
import { retain } from './retained.js';

let ports: MessagePort[] = [];

/** Parent, before the fork: in a child no port keeps its loop alive. @param active - what does here. @internal */
export function prepareMessages(active: readonly unknown[]): void {
  ports = active.filter((each) => each instanceof MessagePort);
}

/** Child: as becomeChild() says. @internal */
export function forgetMessages(): void {
  for (let i = 0; i < ports.length; i++) forgetOf(ports[i]);
  forgetOf(executionAsyncResource()); // a port that is unref'd, and at work
}

function forgetOf(port: unknown): void {
  if (!(port instanceof MessagePort)) return;
  for (let got = receiveMessageOnPort(port); got; got = receiveMessageOnPort(port)) retain(got);
}

onlyInChildren(forgetOf, executionAsyncResource);

// What does a ForkPort promise?
import assert from 'node:assert/strict';
import { runFixture } from '../helpers/run.mjs';

describe('ForkPort', function () {
  const CLAIMS = {
    messages: 'brings messages of all kinds, in order, however they are received',
    'many messages': 'brings many small messages, each once',
    memory: 'gives each view memory of its own, of its size',
    backpressure: "says when to wait, and emits 'drain'",
    'ends of a child': 'brings what a child posted before its end, however it ended, and whether or not somebody reads',
    'before the result': 'brings what a child posted before its result settles',
    'much before the result': 'does so where its messages take more than a turn of the loop',
    'ends of a parent': 'brings what a parent posted before its end',
    'a parent with a stopped child': 'does not keep a parent alive that has a stopped child',
    death: "tells of the other's death by 'close', and by nothing else",
    'an early end': "tells of it by 'close' also where the child has ended before anybody could listen",
    'others hold nothing': 'is inherited by no later child, of whatever kind',
    'a fork in a listener': 'is closed in a child that was forked by a listener of it, and goes on in the parent',
    descriptors: 'hands descriptors over, and leaks none',
    sockets: 'hands sockets and servers over, with what had been read of them',
    errors: 'checks its arguments, and says which part cannot be cloned',
    unreadable: "emits 'messageerror' where there is no room for descriptors, and goes on",
    'no room on the way': 'sends later what the kernel has no room for, and throws in no event',
    'nobody to send to': 'keeps no descriptors of messages that nobody will take',
    'no memory to send': 'does not leave a message half sent where there is no memory for the rest',
    'no memory as it exits': 'sends what a child has posted however long there is no memory for it',
    transferred: 'closes, and says so, if a view is transferred before it was sent',
    'waiting for an answer': 'waits for a message as long as it is told, and sends meanwhile',
    'a listener that throws': 'goes on after a listener that throws',
    'a listener that throws at the end': 'says nothing of it to whoever waits for the status',
    'ref and unref': 'keeps the process alive while somebody waits for messages, unless told otherwise',
  };
  for (const [what, claim] of Object.entries(CLAIMS)) {
    it(claim, async () => {
      const { code, stdout, stderr } = await runFixture('run/fork-port.mjs', [what]);
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    });
  }
});

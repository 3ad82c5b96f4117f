// The least that a fresh process or Worker can do: say that it is there.
const { parentPort } = require('node:worker_threads');
if (parentPort) parentPort.postMessage('here');
else process.send('here', () => process.disconnect());

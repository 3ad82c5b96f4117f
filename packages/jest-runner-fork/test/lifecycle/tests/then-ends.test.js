const { existsSync } = require('node:fs');
const { setTimeout } = require('node:timers/promises');

it('ends its process as another file runs', async () => {
  while (!existsSync(`${__dirname}/runs`)) await setTimeout(5);
  process.kill(process.pid, 'SIGKILL');
});

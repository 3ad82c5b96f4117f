import { it } from 'vitest';

it('leaves a rejection', async () => {
  void Promise.reject(new Error('nobody handles it'));
  await new Promise((resolve) => setTimeout(resolve, 10));
});

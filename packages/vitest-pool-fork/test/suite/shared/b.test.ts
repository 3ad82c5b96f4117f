import { expect, it } from 'vitest';

it('shares its process', () => {
  const world = globalThis as { files?: number };
  world.files = (world.files ?? 0) + 1;
  expect(world.files).toBeLessThan(3);
});

// Each file that calls this is alone in the world: what another one imports is not to be seen there.
import { expect, it } from 'vitest';
import plain from 'plain';

const world = globalThis as Record<string, unknown>;

export function isAloneInTheWorld(): void {
  it('finds a package as it is when it has been imported', () => {
    expect(plain).toEqual({ count: 0 });
    plain.count++;
  });
  it('finds no trace of other files', () => {
    expect(world.leftBehind).toBeUndefined();
    world.leftBehind = 1;
    expect(world.setByAPackage).toBeUndefined();
    expect('extra' in Array.prototype).toBe(false);
    expect(process.env.SET_BY_A_PACKAGE).toBeUndefined();
    expect(process.listenerCount('SIGUSR2')).toBe(0);
  });
}

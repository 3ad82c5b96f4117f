import { half } from './half';

export function sum(a: number, b: number): number {
  if (a < 0) return neverCalled();
  return a + b;
}
export const halfOfSum = (a: number, b: number) => half(sum(a, b));
function neverCalled() {
  return 0;
}

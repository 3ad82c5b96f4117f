// What in other files of this package is the parent's alone? Each registers what it has to forget in a child.
const forgetting: ((bare: boolean) => void)[] = [];

/** For a bare child, too, whose loop is still the parent's. @internal */
export function whenChild(forget: (bare: boolean) => void): void {
  forgetting.push(forget);
}

/** Child: as becomeChild() says, and what registers here with it. @internal */
export function forgetParents(bare: boolean): void {
  for (let i = 0; i < forgetting.length; i++) forgetting[i]?.(bare);
}

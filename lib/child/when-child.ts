// What in other files of this package is the parent's alone? Each registers what it has to forget in a child.
const forgetting: (() => void)[] = [];

/** For a bare child, too. @internal */
export function whenChild(forget: () => void): void {
  forgetting.push(forget);
}

/** Child. @internal */
export function forgetParents(): void {
  for (let i = 0; i < forgetting.length; i++) forgetting[i]?.();
}

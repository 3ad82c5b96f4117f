// Which file has imported a module that is not there? Node names the one that called import(): a file of this package, which says
// nothing to a user.

/** What `load` gives, or its error without the words "imported from" `own`, or with `parent` there. @internal */
export async function importedFrom<T>(own: string, load: () => Promise<T>, parent?: string): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof Error) {
      const [words, instead] = [` imported from ${own}`, parent === undefined ? '' : ` imported from ${parent}`];
      const { message, stack } = error;
      if (message.includes(words)) error.message = message.replace(words, () => instead);
      if (stack?.includes(words)) error.stack = stack.replace(words, () => instead);
    }
    throw error;
  }
}

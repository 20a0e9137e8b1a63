/** What many steps that end at the same time can share of their waiting for the disk. */
export interface Together {
  /** As that of the file system; calls for one path of one turn of the loop are one, which begins after all of them. */
  sync(path: string): Promise<void>;
  /** Resolves as the work does, but not before all others that were begun before the first of them was done. */
  go<Value>(work: Promise<Value>): Promise<Value>;
}

export const createTogether = (sync: (path: string) => Promise<void>): Together => {
  const wanted = new Map<string, Promise<void>>();
  let group: Promise<unknown>[] = [];
  return {
    sync(path) {
      const known = wanted.get(path);
      if (known !== undefined) return known;
      const begun = new Promise<void>((resolve) => process.nextTick(resolve)).then(() => {
        wanted.delete(path);
        return sync(path);
      });
      wanted.set(path, begun);
      return begun;
    },
    async go(work) {
      const own = group;
      const done = work.then(
        () => {},
        () => {},
      );
      own.push(done);
      await done;
      // Who comes now is with the next: else nobody would ever be done.
      if (group === own) group = [];
      await Promise.all(own);
      return work;
    },
  };
};

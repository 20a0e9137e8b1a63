/** Lines are written together up to this length, and at the latest when an item ends. */
const blockLength = 65_536;

/** Writes lines in the order of their items, whatever order they come in. */
export interface OrderedLines {
  /** The first item that has no line yet. */
  next(): number;
  /** What waits for items before it, in characters. */
  waitingLength(): number;
  put(index: number, line: string): void;
  /** Writes what is ready. */
  flush(): void;
}

/** What cannot be written throws once: from then on nothing is, and the next go writes it all. */
export const createOrderedLines = (write: (lines: string) => void): OrderedLines => {
  const waiting = new Map<number, string>();
  let waitingLength = 0;
  let block = '';
  let next = 0;
  let isWritable = true;
  const flush = (): void => {
    const ready = block;
    block = '';
    if (ready === '' || !isWritable) return;
    try {
      write(ready);
    } catch (error) {
      isWritable = false;
      throw error;
    }
  };
  const append = (line: string): void => {
    block += line;
    next += 1;
    if (block.length >= blockLength) flush();
  };
  return {
    next: () => next,
    waitingLength: () => waitingLength,
    put: (index, line) => {
      if (index !== next) {
        waiting.set(index, line);
        waitingLength += line.length;
        return;
      }
      append(line);
      for (let ready = waiting.get(next); ready !== undefined; ready = waiting.get(next)) {
        waiting.delete(next);
        waitingLength -= ready.length;
        append(ready);
      }
    },
    flush,
  };
};

import type { OrderedFile } from './ordered-file.ts';

/** Lines are written together up to this length, and at the latest when an answer comes. */
const blockLength = 65_536;

/** Writes lines in the order of their rows, whatever order they come in. */
export interface RowOrder {
  /** The first row that has no line yet. */
  next(): number;
  /** What waits for rows before it, in characters. */
  waitingLength(): number;
  put(row: number, line: string): void;
  /** Writes what is ready. */
  flush(): void;
}

/** What cannot be written throws once: from then on nothing is, and the next run writes it all. */
export const createRowOrder = (file: Pick<OrderedFile, 'write'>): RowOrder => {
  const waiting = new Map<number, string>();
  let waitingLength = 0;
  let block = '';
  let next = 1;
  let isWritable = true;
  const flush = (): void => {
    const ready = block;
    block = '';
    if (ready === '' || !isWritable) return;
    try {
      file.write(ready);
    } catch (error) {
      isWritable = false;
      throw error;
    }
  };
  return {
    next: () => next,
    waitingLength: () => waitingLength,
    put: (row, line) => {
      waiting.set(row, line);
      waitingLength += line.length;
      for (let ready = waiting.get(next); ready !== undefined; ready = waiting.get(next)) {
        waiting.delete(next);
        waitingLength -= ready.length;
        block += ready;
        next += 1;
        if (block.length >= blockLength) flush();
      }
    },
    flush,
  };
};

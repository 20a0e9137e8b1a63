import { isBlank, readLines } from './read-lines.ts';

/** Where the lines of a batch are in its input: all that is kept of them in memory. */
export interface LineIndex {
  readonly count: number;
  add(offset: number, length: number): void;
  /** `line`: from 0. */
  offset(line: number): number;
  length(line: number): number;
}

export const createLineIndex = (): LineIndex => {
  const offsets: number[] = [];
  const lengths: number[] = [];
  return {
    get count() {
      return offsets.length;
    },
    add(offset, length) {
      offsets.push(offset);
      lengths.push(length);
    },
    offset: (line) => offsets[line] ?? 0,
    length: (line) => lengths[line] ?? 0,
  };
};

/** Of an input that was checked before. */
export const indexLines = async (path: string): Promise<LineIndex> => {
  const index = createLineIndex();
  for await (const { offset, length, bytes } of readLines(path)) {
    if (bytes && !isBlank(bytes)) index.add(offset, length);
  }
  return index;
};

import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { outputUnusable } from '../errors.ts';

/** A file of results that grows at its end, by whole lines. */
export interface OrderedFile {
  /** Whole lines, in order. */
  write(lines: string): void;
  /** All is written: nothing stands behind it, and it is on disk. */
  finish(): void;
  close(): void;
}

const readFully = (file: number, bytes: Buffer, at: number): number => {
  let length = 0;
  while (length < bytes.byteLength) {
    const count = readSync(file, bytes, length, bytes.byteLength - length, at + length);
    if (count === 0) break;
    length += count;
  }
  return length;
};

/**
 * Opens the file for a job that writes it from its beginning, whatever earlier runs have written: as far as that is the same
 * it stays, and at the first difference the file is cut. So half a line that a kill left is mended, and whoever reads along
 * sees nothing vanish. A write that fails takes back its part of a line. Made for this user alone (0600). Throws
 * `CLI_FILE_UNUSABLE`.
 */
export const openOrderedFile = (path: string): OrderedFile => {
  const guarded = <Value>(work: () => Value): Value => {
    try {
      return work();
    } catch (error) {
      throw outputUnusable(path, error);
    }
  };
  const file = guarded(() => openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600));
  let at = 0;
  let isKept = guarded(() => fstatSync(file).size > 0);

  const append = (bytes: Buffer): void => {
    try {
      for (let length = 0; length < bytes.byteLength; ) {
        length += writeSync(file, bytes, length, bytes.byteLength - length, at + length);
      }
      at += bytes.byteLength;
    } catch (error) {
      ftruncateSync(file, at);
      throw error;
    }
  };

  /** Where the file differs from these bytes, counted from their beginning. */
  const sameLength = (bytes: Buffer): number => {
    const present = Buffer.allocUnsafe(bytes.byteLength);
    const length = readFully(file, present, at);
    if (length === bytes.byteLength && present.equals(bytes)) return length;
    let same = 0;
    while (same < length && present[same] === bytes[same]) same += 1;
    // From the line on that differs.
    return same === 0 ? 0 : bytes.lastIndexOf('\n', same - 1) + 1;
  };

  return {
    write: (lines) =>
      guarded(() => {
        const bytes = Buffer.from(lines);
        if (!isKept) {
          append(bytes);
          return;
        }
        const same = sameLength(bytes);
        at += same;
        if (same === bytes.byteLength) return;
        isKept = false;
        ftruncateSync(file, at);
        append(bytes.subarray(same));
      }),
    finish: () =>
      guarded(() => {
        ftruncateSync(file, at);
        fsyncSync(file);
      }),
    close: () => closeSync(file),
  };
};

import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Up to here to read at once is cheaper than the way through the thread pool, bytes. */
const chunkBytes = 256 * 1024;

const isSame = async (one: FileHandle, other: FileHandle): Promise<boolean> => {
  const [left, right] = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
  for (;;) {
    const [{ bytesRead }, found] = await Promise.all([one.read(left), other.read(right)]);
    if (bytesRead !== found.bytesRead || !left.subarray(0, bytesRead).equals(right.subarray(0, bytesRead)))
      return false;
    if (bytesRead === 0) return true;
  }
};

/** Whether two files of this size hold the same. Where one cannot be read that is not known, and the answer is no. */
export const hasSameContent = async (one: string | Buffer, other: string | Buffer, size: number): Promise<boolean> => {
  const opened: FileHandle[] = [];
  try {
    if (size <= chunkBytes) return readFileSync(one).equals(readFileSync(other));
    for (const path of [one, other]) opened.push(await open(path));
    return await isSame(...(opened as [FileHandle, FileHandle]));
  } catch {
    return false;
  } finally {
    for (const file of opened) await file.close();
  }
};

import { open, rm } from 'node:fs/promises';

/** More than the answers of a moment mostly take, bytes. */
const roomBytes = 262_144;

/** Rejects where the disk takes no more, by writing a file there: an answer that has no place is paid for in vain. */
export const checkRoom = async (path: string): Promise<void> => {
  const file = await open(path, 'w', 0o600);
  try {
    await file.appendFile(Buffer.alloc(roomBytes));
    await file.datasync();
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
};

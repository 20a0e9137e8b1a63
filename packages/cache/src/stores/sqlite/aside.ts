import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Of what was moved aside earlier only the newest is kept: damage that comes back must not fill the disk. */
const removeOlder = (path: string, movedTo: string): void => {
  const prefix = `${basename(path)}.corrupt-`;
  const kept = basename(movedTo);
  try {
    for (const file of readdirSync(dirname(path))) {
      if (!file.startsWith(prefix) || file === kept || file === `${kept}-wal`) continue;
      rmSync(join(dirname(path), file), { force: true });
    }
  } catch {
    // Old files in the way of nothing.
  }
};

/** Renames a damaged file; its log goes first, or it would be replayed into the new file. */
export const moveAside = (path: string, movedTo: string): void => {
  try {
    renameSync(`${path}-wal`, `${movedTo}-wal`);
  } catch {
    // There is no log when the file was closed properly.
  }
  rmSync(`${path}-shm`, { force: true });
  renameSync(path, movedTo);
  removeOlder(path, movedTo);
};

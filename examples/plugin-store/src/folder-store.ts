import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheStore } from '@hotpath/runtime';
import { decodeEntry, encodeEntry, fileNameOf, type KeptEntry } from './entry-file.ts';

export interface FolderStoreOptions {
  /** Made where it is not there. Nothing else should be in it: `clear` removes what looks like an entry. */
  readonly folder: string;
  /** Bound on the files together, bytes; the oldest make room. */
  readonly maxBytes: number;
  /** Current time, epoch milliseconds. */
  readonly now: () => number;
}

const entryName = /^[0-9a-f]{64}$/;
/** What a process was writing when it died, should it still be there after an hour. */
const draftName = /^\.[0-9a-f]{64}\.\d+$/;
const draftAgeMs = 3_600_000;

interface FileFigures {
  readonly path: string;
  readonly bytes: number;
  readonly writtenMs: number;
}

/**
 * A file for each entry, named by the hash of its key. Files appear in one step, so that any number of processes may share the
 * folder; what is damaged is found by its digest and removed.
 */
export const openFolderStore = ({ folder, maxBytes, now }: FolderStoreOptions): CacheStore<Uint8Array> => {
  mkdirSync(folder, { recursive: true });
  const counted = { evictions: 0, expired: 0, damaged: 0, refused: 0 };

  const figures = (): readonly FileFigures[] =>
    readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      // Another process may remove a file at any time.
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats === undefined) return [];
      if (draftName.test(name) && Date.now() - stats.mtimeMs > draftAgeMs) rmSync(path, { force: true });
      return entryName.test(name) ? [{ path, bytes: stats.size, writtenMs: stats.mtimeMs }] : [];
    });
  const sum = (files: readonly FileFigures[]): number => files.reduce((total, { bytes }) => total + bytes, 0);
  /** About what there is: others write too, so that it is counted anew before anything is removed. */
  let held = sum(figures());

  const makeRoom = (): void => {
    const files = [...figures()].sort((a, b) => a.writtenMs - b.writtenMs);
    held = sum(files);
    for (const { path, bytes } of files) {
      if (held <= maxBytes) return;
      rmSync(path, { force: true });
      held -= bytes;
      counted.evictions += 1;
    }
  };

  const read = (path: string): KeptEntry | undefined => {
    let file: Buffer;
    try {
      file = readFileSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const kept = decodeEntry(file);
    const isDamaged = kept === undefined;
    if (!isDamaged && kept.entry.expiresAt > now()) return kept;
    rmSync(path, { force: true });
    counted[isDamaged ? 'damaged' : 'expired'] += 1;
    return undefined;
  };

  return {
    name: 'folder',
    capabilities: { sync: true, memory: false, persistent: true, shared: true, holds: 'bytes' },
    get: (key) => read(join(folder, fileNameOf(key)))?.entry,
    set(key, entry) {
      const bytes = encodeEntry(key, entry);
      if (bytes.byteLength > maxBytes) {
        counted.refused += 1;
        rmSync(join(folder, fileNameOf(key)), { force: true });
        return;
      }
      const draft = join(folder, `.${fileNameOf(key)}.${process.pid}`);
      writeFileSync(draft, bytes, { mode: 0o600 });
      renameSync(draft, join(folder, fileNameOf(key)));
      held += bytes.byteLength;
      if (held > maxBytes) makeRoom();
    },
    delete(key) {
      const path = join(folder, fileNameOf(key));
      const isThere = read(path) !== undefined;
      rmSync(path, { force: true });
      return isThere;
    },
    clear() {
      for (const { path } of figures()) rmSync(path, { force: true });
      held = 0;
    },
    *keys() {
      for (const { path } of figures()) {
        const kept = read(path);
        if (kept !== undefined) yield kept.key;
      }
    },
    usage() {
      const files = figures();
      return { entries: files.length, bytes: sum(files), maxBytes, ...counted };
    },
  };
};

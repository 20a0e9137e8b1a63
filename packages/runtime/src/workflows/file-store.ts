import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../make-folder.ts';

/** Texts by key, in files of this user alone. */
export interface FileStore {
  /** `undefined` where there is none. Throws nothing. */
  get(key: string): string | undefined;
  /** Throws where it cannot be written. */
  set(key: string, value: string): void;
  /** Removes what was used longest ago until the rest fits. */
  close(): void;
}

export interface FileStoreOptions {
  readonly folder: string;
  /** Bytes that are kept when it is closed. */
  readonly maxBytes: number;
}

/** A file for each key, whole or not there; several processes may use one folder. */
export const createFileStore = ({ folder, maxBytes }: FileStoreOptions): FileStore => {
  let hasWritten = false;
  const fileOf = (key: string): string => join(folder, createHash('sha256').update(key).digest('hex'));

  const prune = (): void => {
    const files = readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      const status = statSync(path, { throwIfNoEntry: false });
      return status === undefined ? [] : [{ path, bytes: status.size, usedAtMs: status.mtimeMs }];
    });
    let left = maxBytes;
    for (const { path, bytes } of files.sort((a, b) => b.usedAtMs - a.usedAtMs)) {
      left -= bytes;
      if (left < 0) rmSync(path, { force: true });
    }
  };

  return {
    get(key) {
      const file = fileOf(key);
      try {
        const value = readFileSync(file, 'utf8');
        const now = new Date();
        utimesSync(file, now, now);
        return value;
      } catch {
        return undefined;
      }
    },
    set(key, value) {
      makeFolder(folder);
      const file = fileOf(key);
      const partial = `${file}.${randomUUID()}`;
      try {
        writeFileSync(partial, value, { mode: 0o600 });
        renameSync(partial, file);
      } catch (error) {
        rmSync(partial, { force: true });
        throw error;
      }
      hasWritten = true;
    },
    close() {
      if (!hasWritten) return;
      hasWritten = false;
      try {
        prune();
      } catch {
        // What is too much is so until the next time.
      }
    },
  };
};

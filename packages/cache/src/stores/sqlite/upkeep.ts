import type { Invalidation } from '../../store.ts';
import type { CacheDatabase } from './layout.ts';
import { createMaintenance } from './maintenance.ts';

export interface UpkeepOptions {
  readonly path: string;
  readonly database: () => CacheDatabase | undefined;
  readonly onFault: (error: unknown) => void;
}

/** Says when the file is worth tidying up, so that nothing of it happens while there is something to write. */
export interface Upkeep {
  /** So many bytes have come to the log of the file. */
  note(bytes: number): void;
  /** Rows that these cover are in the file still. */
  noteCovered(invalidations: readonly Invalidation[], version: number): void;
  /** Everything was removed: the room is worth giving back when idle. */
  noteEmptied(): void;
  /** To be called after a transaction. */
  check(): void;
  /** To be called when nothing has been written for a while. */
  rest(): void;
  stop(): Promise<void> | undefined;
}

/** A log shorter than this waits for `close`: copying it back is not worth a thread. */
const idleCheckpointBytes = 1024 * 1024;
/** The log is copied back when idle; under writes without a pause, each time it has grown by this much. */
const checkpointBytes = 8 * 1024 * 1024;
/** From here on the writer copies the log back itself: a worker cannot catch up with one that never pauses. */
const longestLogBytes = 64 * 1024 * 1024;
const mostCovered = 64;
const namespaceEnd = '\u001f';

export const createUpkeep = ({ path, database, onFault }: UpkeepOptions): Upkeep => {
  const maintenance = createMaintenance(path, onFault);
  let writtenBytes = 0;
  let covered: { readonly invalidation: Invalidation; readonly version: number }[] = [];

  const tidy = (): void => {
    try {
      if (maintenance.run()) writtenBytes = 0;
      else if (writtenBytes > longestLogBytes) {
        database()?.connection.exec('PRAGMA wal_checkpoint(PASSIVE)');
        writtenBytes = 0;
      }
    } catch (error) {
      // The entries are in the log, where they are as safe as in the file.
      onFault(error);
    }
  };

  return {
    note: (bytes) => {
      writtenBytes += bytes;
    },
    noteCovered: (invalidations, version) => {
      for (const invalidation of invalidations) {
        if (covered.length < mostCovered) covered.push({ invalidation, version });
      }
    },
    noteEmptied: () => {
      writtenBytes += idleCheckpointBytes;
      covered = [];
    },
    check: () => {
      if (writtenBytes > checkpointBytes) tidy();
    },
    rest: () => {
      const due = covered;
      covered = [];
      for (const { invalidation, version } of due) {
        const { kind, name } = invalidation;
        // In the file as in a key: the part that all keys of the namespace begin with, or the tag between its borders.
        if (kind === 'namespace') maintenance.sweep({ kind, name: `${name}${namespaceEnd}`, version });
        else if (kind === 'tag') maintenance.sweep({ kind, name: `${namespaceEnd}${name}${namespaceEnd}`, version });
        else maintenance.sweep({ kind, name, version });
      }
      if (due.length > 0 || writtenBytes > idleCheckpointBytes) tidy();
    },
    stop: () => maintenance.stop(),
  };
};

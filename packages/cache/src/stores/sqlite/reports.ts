import type { CacheError } from '../../errors.ts';
import { entryDamaged, fileDamaged, writeFailed } from '../../errors.ts';
import { channels, type EntryDroppedEvent } from '../../events.ts';

export interface ReportsOptions {
  readonly store: string;
  readonly path: string;
  readonly onError: ((error: CacheError) => void) | undefined;
}

/** Counts what goes wrong, and says so: a disk that stays full is one piece of news, not one for each write. */
export interface Reports {
  readonly damaged: number;
  readonly faults: number;
  /** Something failed outside of any call. */
  fault(error: unknown): void;
  entryDamaged(cause: unknown): void;
  fileDamaged(movedTo: string, cause: unknown): void;
  /** Entries were given up. */
  writeFailed(entries: number, cause: unknown): void;
}

/** News of the same kind are told this often. */
const quietMs = 10_000;

export const createReports = ({ store, path, onError }: ReportsOptions): Reports => {
  let damaged = 0;
  let faults = 0;
  let faultAt = Number.NEGATIVE_INFINITY;
  let writeFailedAt = Number.NEGATIVE_INFINITY;
  let lost = 0;

  const dropped = (reason: EntryDroppedEvent['reason'], entries: number | undefined, error: CacheError): void => {
    const { entryDropped } = channels;
    if (entryDropped.hasSubscribers) entryDropped.publish({ store, reason, entries, error });
    onError?.(error);
  };

  return {
    get damaged() {
      return damaged;
    },
    get faults() {
      return faults;
    },
    fault: (error) => {
      faults += 1;
      const at = performance.now();
      if (at - faultAt < quietMs) return;
      faultAt = at;
      const { storeFault } = channels;
      if (storeFault.hasSubscribers) storeFault.publish({ store, operation: 'background', error });
    },
    entryDamaged: (cause) => {
      damaged += 1;
      dropped('damaged', 1, entryDamaged(store, path, cause));
    },
    fileDamaged: (movedTo, cause) => {
      damaged += 1;
      dropped('file-damaged', undefined, fileDamaged(store, path, movedTo, cause));
    },
    writeFailed: (entries, cause) => {
      lost += entries;
      const at = performance.now();
      if (at - writeFailedAt < quietMs) return;
      writeFailedAt = at;
      dropped('write-failed', lost, writeFailed(store, path, lost, cause));
      lost = 0;
    },
  };
};

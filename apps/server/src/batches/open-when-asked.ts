import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadSqlite } from '../load-sqlite.ts';
import type { Batches, BatchesOptions } from './batches.ts';
import { batchesUnavailable } from './errors.ts';

/** Files and batches that are opened by whoever asks first: most gateways never have one. */
export interface LazyBatches {
  /** Rejects with `SERVER_BATCHES_UNAVAILABLE` and `SERVER_BATCHES_STORAGE`; the next call tries again. */
  open(): Promise<Batches>;
  /** Goes on with what an earlier process left unfinished, where there is anything. */
  resume(): void;
  /** As `Batches.running`, without opening them; undefined where there is no place for them, or it cannot be read now. */
  running(): ReturnType<Batches['running']> | undefined;
  /** As `Batches.close`. */
  close(patience: AbortSignal, idle: Promise<void>): Promise<void>;
}

/** `options`: undefined where there is no place for them. */
export const openWhenAsked = (options: BatchesOptions | undefined): LazyBatches => {
  let opened: Promise<Batches> | undefined;
  let ready: Batches | undefined;
  let isClosed = false;

  const open = (): Promise<Batches> => {
    if (opened) return opened;
    if (!options || !loadSqlite()) return Promise.reject(batchesUnavailable);
    const opening = import('./batches.ts').then(({ openBatches }) => openBatches(options));
    opened = opening;
    opening.then(
      (batches) => {
        ready = batches;
      },
      () => {
        opened = undefined;
      },
    );
    return opening;
  };

  return {
    open,
    resume() {
      if (options && existsSync(join(options.folder, 'batches.sqlite'))) {
        open().catch((error: unknown) => options.onError?.(error));
      }
    },
    running() {
      if (!options || isClosed || !loadSqlite()) return undefined;
      if (opened && !ready) return undefined;
      try {
        return ready?.running() ?? new Map();
      } catch {
        return undefined;
      }
    },
    async close(patience, idle) {
      const batches = await opened?.catch(() => undefined);
      await batches?.close(patience, idle);
      isClosed = true;
    },
  };
};

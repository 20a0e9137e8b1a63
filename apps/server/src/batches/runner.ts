import { rm } from 'node:fs/promises';
import type { Place } from './place.ts';
import { type BatchRecord, hasEnded } from './records.ts';
import { type BatchRun, type BatchRunOptions, runBatch } from './run-batch.ts';
import { createRunnerLock } from './runner-lock.ts';
import { createUnwritten } from './unwritten.ts';

export interface RunnerOptions extends BatchRunOptions {
  /** Told why a batch stands still; it is begun again a little later. */
  readonly onError: (error: unknown) => void;
}

/** Has every batch that is not at its end worked on, by one process of all that share the folder. */
export interface Runner {
  /** Looks what there is to do: new batches, cancelled ones, those whose window is over, and what is to be removed. */
  look(): void;
  /** Looks every second from now on. */
  start(): void;
  /** Leaves all batches as they are, once the answers under way have come or `patience` is aborted. */
  close(patience: AbortSignal): Promise<void>;
}

const lookMs = 1000;
/** A batch whose files cannot be used is begun again after this, then after twice that, and so on, milliseconds. */
const againMs = 30_000;
const longestAgainMs = 480_000;
const sweepMs = 600_000;
/** Uploads that take longer are no uploads. */
const uploadMs = 3_600_000;

/** What a batch no longer needs when it has ended. */
const clear = async (place: Place, { id, dialect, status }: BatchRecord): Promise<void> => {
  if (dialect === 'openai' || status === 'failed') await place.removeBatch(id);
  else await Promise.all([rm(place.input(id), { force: true }), rm(place.journal(id), { force: true })]);
};

export const createRunner = (options: RunnerOptions): Runner => {
  const { store, place, limits, now, onError } = options;
  const lock = createRunnerLock(place.lock);
  const runs = new Map<string, BatchRun>();
  const ends = new Set<Promise<void>>();
  const unwritten = createUnwritten(limits.bytesInMemory);
  /** Batches whose files could not be used. */
  const pauses = new Map<string, { readonly until: number; readonly ms: number }>();
  let timer: NodeJS.Timeout | undefined;
  let sweptAt = Number.NEGATIVE_INFINITY;
  let sweeping: Promise<void> | undefined;
  let lastFault: string | undefined;
  let isClosing = false;

  const begin = (id: string): void => {
    const run = runBatch(id, { ...options, unwritten });
    runs.set(id, run);
    const end = run.done
      .then(async () => {
        pauses.delete(id);
        const batch = store.batch(id);
        if (!batch || hasEnded(batch)) unwritten.forget(id);
        if (batch && hasEnded(batch)) await clear(place, batch);
      })
      .catch((error: unknown) => {
        const ms = Math.min((pauses.get(id)?.ms ?? againMs / 2) * 2, longestAgainMs);
        pauses.set(id, { until: now() + ms, ms });
        onError(error);
      })
      .finally(() => {
        runs.delete(id);
        ends.delete(end);
      });
    ends.add(end);
  };

  const sweep = async (): Promise<void> => {
    const at = now();
    for (const { id } of store.endedFiles(at)) {
      store.deleteFile(id);
      await rm(place.file(id), { force: true });
    }
    for (const { id } of store.endedBatches(at - limits.keepMs)) {
      store.deleteBatch(id);
      await place.removeBatch(id);
    }
    for (const id of await place.batches()) {
      const batch = store.batch(id);
      // A process that was killed right after it ended.
      if (batch && hasEnded(batch)) await clear(place, batch);
    }
    await place.tidy(at - uploadMs, { file: store.hasFile, batch: (id) => store.batch(id) !== undefined });
  };

  /** One whose key is not known yet can only be ended. */
  const mayBegin = (batch: BatchRecord): boolean =>
    batch.ownKey === null ||
    options.credentialOf(batch) !== undefined ||
    batch.status === 'cancelling' ||
    batch.status === 'finalizing' ||
    now() >= batch.expiresAt;

  const look = (): void => {
    if (isClosing || !lock.tryTake()) return;
    if (Math.abs(now() - sweptAt) >= sweepMs) {
      sweptAt = now();
      sweeping ??= sweep()
        .catch(onError)
        .finally(() => {
          sweeping = undefined;
        });
    }
    for (const batch of store.running()) {
      const run = runs.get(batch.id);
      if (run) run.look(batch);
      else if ((pauses.get(batch.id)?.until ?? 0) <= now() && mayBegin(batch)) begin(batch.id);
    }
  };

  const lookSafely = (): void => {
    try {
      look();
      lastFault = undefined;
    } catch (error) {
      // Told once, not every second.
      if (String(error) !== lastFault) onError(error);
      lastFault = String(error);
    }
  };

  return {
    look: lookSafely,
    start() {
      lookSafely();
      timer ??= setInterval(lookSafely, lookMs).unref();
    },
    async close(patience) {
      isClosing = true;
      clearInterval(timer);
      for (const run of runs.values()) run.stop(patience);
      await Promise.all([...ends, sweeping]);
      lock.release();
    },
  };
};

import type { BatchApi, BatchResult } from './batch-api.ts';
import type { EconomySettings } from './options.ts';

/** A batch that the provider has. */
export interface PolledBatch {
  /** Of the submission. */
  readonly id: string;
  readonly provider: string;
  readonly batchId: string;
}

export interface PollerOptions {
  readonly settings: EconomySettings;
  readonly apiOf: (provider: string) => BatchApi | undefined;
  readonly signal: AbortSignal;
  /** Some results, which may come again after a fault. */
  readonly onResults: (results: readonly BatchResult[]) => void;
  /** All results were told, or there are none for the reason given. */
  readonly onEnded: (batch: PolledBatch, reason: string | undefined) => void;
  readonly onError: (error: unknown) => void;
}

/** Looks after batches until they have ended. */
export interface Poller {
  watch(batch: PolledBatch): void;
  forget(id: string): void;
}

/** Results are handed on together, as one transaction costs as much as many. */
const resultsAtOnce = 200;
const bytesAtOnce = 4_194_304;

export function createPoller({ settings, apiOf, signal, onResults, onEnded, onError }: PollerOptions): Poller {
  const { clock, pollMs, maxPollMs } = settings;
  const watched = new Map<string, () => void>();

  const later = (batch: PolledBatch, waitMs: number): void => {
    if (signal.aborted) return;
    const cancel = clock.after(waitMs, () => {
      void look(batch)
        .catch((error: unknown) => {
          if (!signal.aborted) onError(error);
          return false;
        })
        .then((isOver) => {
          if (!isOver && watched.has(batch.id)) later(batch, Math.min(waitMs * 1.5, maxPollMs));
        });
    });
    watched.set(batch.id, cancel);
  };

  /** Resolves with whether there is nothing more to look for. */
  const look = async (batch: PolledBatch): Promise<boolean> => {
    const api = apiOf(batch.provider);
    if (!api || !watched.has(batch.id)) return true;
    const { state, reason } = await api.status(batch.batchId, signal);
    if (state === 'running') return false;
    if (state === 'ended') await collect(api, batch.batchId);
    if (signal.aborted || !watched.delete(batch.id)) return true;
    onEnded(
      batch,
      state === 'ended'
        ? undefined
        : (reason ?? (state === 'gone' ? 'the provider does not know it any more' : 'the provider gave no reason')),
    );
    return true;
  };

  const collect = async (api: BatchApi, batchId: string): Promise<void> => {
    let held: BatchResult[] = [];
    let bytes = 0;
    const hand = (): void => {
      const results = held;
      held = [];
      bytes = 0;
      if (results.length > 0) onResults(results);
    };
    await api.results(
      batchId,
      (result) => {
        held.push(result);
        if (result.outcome === 'answered') bytes += result.body.length;
        if (held.length >= resultsAtOnce || bytes >= bytesAtOnce) hand();
      },
      signal,
    );
    hand();
  };

  signal.addEventListener('abort', () => {
    for (const cancel of watched.values()) cancel();
    watched.clear();
  });

  return {
    watch(batch) {
      if (!watched.has(batch.id)) later(batch, pollMs);
    },
    forget(id) {
      watched.get(id)?.();
      watched.delete(id);
    },
  };
}

import { internal, RouterError, requestInvalid } from './errors.ts';
import type { QueryOptions, QueryResult } from './query.ts';

export interface BatchOptions {
  /** Queries in flight at once. @default 8 */
  readonly concurrency?: number;
  /** Cancels what is in flight and leaves the rest unasked; each such query is reported as failed. */
  readonly signal?: AbortSignal;
}

/** What became of one query of a batch: one that fails never takes the others with it. */
export type BatchItem = { readonly index: number } & (
  | { readonly ok: true; readonly result: QueryResult }
  | { readonly ok: false; readonly error: RouterError }
);

/** A running batch: await it for all items in the order asked, or iterate it for each as it finishes. */
export interface BatchRun extends PromiseLike<readonly BatchItem[]>, AsyncIterable<BatchItem> {}

type Ask = (options: QueryOptions) => Promise<QueryResult>;

/** Starts at once. Throws `ROUTER_REQUEST_INVALID` for a concurrency below 1. */
export function batchQuery(
  ask: Ask,
  queries: readonly (QueryOptions | string)[],
  { concurrency = 8, signal }: BatchOptions = {},
): BatchRun {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw requestInvalid('"concurrency" must be a whole number of at least 1.', 'concurrency');
  }
  const items: BatchItem[] = new Array(queries.length);
  const finished: BatchItem[] = [];
  const listeners = new Set<() => void>();
  let next = 0;

  const work = async (): Promise<void> => {
    while (next < queries.length) {
      const index = next++;
      const item = await settle(ask, queries[index] as QueryOptions | string, signal, index);
      items[index] = item;
      finished.push(item);
      for (const listener of listeners) listener();
    }
  };
  const all = Promise.all(Array.from({ length: Math.min(concurrency, queries.length) }, work)).then(() => items);

  return {
    // biome-ignore lint/suspicious/noThenProperty: a run is awaited for all its items and iterated for each.
    then: (onFulfilled, onRejected) => all.then(onFulfilled, onRejected),
    async *[Symbol.asyncIterator]() {
      let taken = 0;
      while (taken < queries.length) {
        if (taken < finished.length) yield finished[taken++] as BatchItem;
        else {
          await new Promise<void>((resolve) => {
            const listener = (): void => {
              listeners.delete(listener);
              resolve();
            };
            listeners.add(listener);
          });
        }
      }
    },
  };
}

async function settle(
  ask: Ask,
  query: QueryOptions | string,
  signal: AbortSignal | undefined,
  index: number,
): Promise<BatchItem> {
  try {
    const options = typeof query === 'string' ? { prompt: query } : query;
    const signals = [signal, options.signal].filter((one) => one !== undefined);
    const [only] = signals;
    const combined = signals.length > 1 ? AbortSignal.any(signals) : only;
    return { index, ok: true, result: await ask(combined ? { ...options, signal: combined } : options) };
  } catch (error) {
    const fault = RouterError.isInstance(error) ? error : internal(error);
    return { index, ok: false, error: fault };
  }
}

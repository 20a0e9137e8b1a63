import type { EventStoreOptions } from '../store/event-store.ts';

/** What the thread of a store is started with. */
export interface ThreadData {
  readonly options: Omit<EventStoreOptions, 'kinds' | 'now'>;
  /** How often what is too old is deleted, milliseconds. */
  readonly pruneMs: number;
}

/** A batch on its way to the thread. */
export interface BatchMessage {
  readonly type: 'batch';
  readonly id: number;
  readonly kind: string;
  readonly count: number;
  readonly rows: Float64Array;
  readonly texts: readonly (string | undefined)[];
  /** Names of series that the thread has not been told of. */
  readonly series: readonly (readonly [series: number, names: readonly string[]])[];
}

/** Something that is asked of the store. */
export interface AskMessage {
  readonly type: 'ask';
  readonly id: number;
  readonly question: string;
  readonly parameters: unknown;
}

export type ToThread = BatchMessage | AskMessage | { readonly type: 'end-waiting' | 'close'; readonly id: number };

/** What was asked or sent came to its end. `error`: its code and message. */
export interface FromThread {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: { readonly code: string | undefined; readonly message: string };
}

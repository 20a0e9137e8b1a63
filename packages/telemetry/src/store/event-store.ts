import { TelemetryError } from '../errors.ts';
import type { EventBatch, Exporter } from '../exporter.ts';
import type { EventKind } from '../kind.ts';
import { eventKinds } from '../kinds.ts';
import { aggregateAll } from './aggregate.ts';
import { adviceOnDamage, isDamage } from './damage.ts';
import { type FrequentQuery, frequentTexts } from './frequent-texts.ts';
import { HeldSums } from './held-sums.ts';
import { LastPrune } from './last-prune.ts';
import { type ListedEvent, type ListQuery, listEvents } from './list-events.ts';
import { openDatabase } from './open-database.ts';
import { oldestOf } from './pieces.ts';
import type { AggregateQuery, Group, Grouping, Range } from './query.ts';
import { defaultMaxBytes, prune, type Retention } from './retention.ts';
import { type ScanQuery, scanEvents, type Visit } from './scan-events.ts';
import { Writer } from './writer.ts';

export interface EventStoreOptions extends Retention {
  /** Of the file; `:memory:` for none. */
  readonly path: string;
  /** What is kept. @default every kind there is */
  readonly kinds?: readonly EventKind[] | undefined;
  /** Reads what is there, and changes nothing. @default false */
  readonly isReadOnly?: boolean | undefined;
  /** How long to wait for other processes that write, milliseconds. @default 5000 */
  readonly busyMs?: number | undefined;
  /** Clock in epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/**
 * Events in a file of SQLite, which several processes may write to and read at once. Whatever is done with it throws
 * `TELEMETRY_STORE_DAMAGED` where the file turns out to be broken.
 */
export interface EventStore extends Exporter {
  /** Writes them in one transaction: they are there after the process is killed. Throws what SQLite says. */
  write(batches: readonly EventBatch[]): void;
  /** Sums up. Throws `TELEMETRY_QUERY_INVALID`. */
  aggregate(kind: EventKind, query: AggregateQuery): readonly Group[];
  /** Single events, as far as they are still kept: the newest first, or the oldest. Throws `TELEMETRY_QUERY_INVALID`. */
  list(kind: EventKind, query: ListQuery): readonly ListedEvent[];
  /** Visits single events, the oldest first, without holding them. Throws `TELEMETRY_QUERY_INVALID`. */
  scan(kind: EventKind, query: ScanQuery, visit: Visit): void;
  /** What a text of events is most often, the most frequent first. Throws `TELEMETRY_QUERY_INVALID`. */
  frequentTexts(kind: EventKind, query: FrequentQuery): readonly string[];
  /** Sums up the same events in several ways, reading them once. Throws `TELEMETRY_QUERY_INVALID`. */
  aggregateAll(kind: EventKind, range: Range, groupings: readonly Grouping[]): readonly (readonly Group[])[];
  /** When the oldest hour begins that anything is known of, milliseconds since 1970; undefined where nothing is. */
  oldestMs(kind: EventKind): number | undefined;
  /** Another text whenever anything in it has changed, by whoever. */
  version(): string;
  /** Deletes what is too old or too much, and tells how many rows went. */
  prune(): number;
  /**
   * Prunes where that was last done an hour ago or more, by whatever process, or where the store has grown larger than it may. Costs next to
   * nothing else. Tells how many rows went. Throws what SQLite says, and then does nothing for a minute.
   */
  pruneWhereDue(): number;
}

/** Opens a store, and makes it where it is new. Throws `TELEMETRY_STORE_UNAVAILABLE`. */
export const openEventStore = (options: EventStoreOptions): EventStore => {
  const { path, kinds = eventKinds, isReadOnly = false, busyMs = 5000, now = Date.now, ...retention } = options;
  const database = openDatabase({ path, kinds, busyMs, isReadOnly });
  const writer = isReadOnly ? undefined : new Writer(database, kinds);
  const held = new HeldSums(database);
  const lastPrune = new LastPrune(database, retention.maxBytes ?? defaultMaxBytes);
  const dataVersion = database.prepare('PRAGMA data_version');
  /** What this connection wrote itself does not change its `data_version`. */
  let written = 0;
  let isClosed = false;

  /** A file may turn out to be damaged long after it was opened. */
  const use = <Result>(work: () => Result): Result => {
    if (isClosed)
      throw new TelemetryError('TELEMETRY_CLOSED', 'The store of events is closed: use it before closing it.');
    try {
      return work();
    } catch (error) {
      if (!isDamage(error)) throw error;
      const text = `The events in ${path} are damaged: ${(error as Error).message}. ${adviceOnDamage(path)}`;
      throw new TelemetryError('TELEMETRY_STORE_DAMAGED', text, { cause: error });
    }
  };

  const write = (batches: readonly EventBatch[]): void =>
    use(() => {
      if (writer === undefined)
        throw new TelemetryError('TELEMETRY_STORE_UNAVAILABLE', 'The store of events was opened for reading only.');
      written += 1;
      writer.write(batches);
    });

  const pruneNow = (): number => {
    written += 1;
    writer?.forget();
    const nowMs = now();
    try {
      const deleted = prune(database, kinds, nowMs, retention);
      lastPrune.succeeded(nowMs);
      return deleted;
    } catch (error) {
      lastPrune.failed(nowMs);
      throw error;
    }
  };

  return {
    name: 'event store',
    write,
    async export(batch) {
      write([batch]);
    },
    aggregate: (kind, query) => use(() => aggregateAll(database, held, kind, query, [query])[0] ?? []),
    list: (kind, query) => use(() => listEvents(database, kind, query)),
    scan: (kind, query, visit) => use(() => scanEvents(database, kind, query, visit)),
    frequentTexts: (kind, query) => use(() => frequentTexts(database, kind, query)),
    aggregateAll: (kind, range, groupings) => use(() => aggregateAll(database, held, kind, range, groupings)),
    oldestMs: (kind) =>
      use(() => {
        const oldest = oldestOf(database, kind, 'h1');
        return Number.isFinite(oldest) ? oldest : undefined;
      }),
    version: () => use(() => `${Object.values(dataVersion.get() ?? {})[0]}.${written}`),
    prune: () => use(pruneNow),
    pruneWhereDue: () => use(() => (writer !== undefined && lastPrune.isDue(now()) ? pruneNow() : 0)),
    async close() {
      if (isClosed) return;
      isClosed = true;
      database.close();
    },
  };
};

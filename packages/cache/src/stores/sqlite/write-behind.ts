import type { CacheEntry } from '../../store.ts';
import type { Row } from './row.ts';

/** What waits to be written under a key: an entry, or its deletion. */
export interface PendingWrite {
  readonly entry: CacheEntry<Uint8Array> | undefined;
  /** The entry as packed by the first attempt to write it. */
  row?: Row;
}

export interface WriteBehindOptions {
  readonly flushMs: number;
  /** Writes all of `batch` or throws and writes nothing. A patient write waits for other processes. */
  readonly write: (batch: ReadonlyMap<string, PendingWrite>, patient: boolean) => void;
  /** A write in the background failed; its entries are kept for the next. */
  readonly onFault: (error: unknown) => void;
  /** So many entries were given up. */
  readonly onDropped: (entries: number, error: unknown) => void;
  /** Nothing has been written for a while. */
  readonly onIdle: () => void;
}

export interface WriteBehind {
  pending(): ReadonlyMap<string, PendingWrite>;
  get(key: string): PendingWrite | undefined;
  add(key: string, entry: CacheEntry<Uint8Array> | undefined): void;
  /** Writes what is pending now, or throws. */
  flush(): void;
  /** Forgets what is pending. */
  clear(): void;
  /** Bytes of the values that wait. */
  bytes(): number;
  stop(): void;
}

/** A batch this large takes some milliseconds of the thread. */
const flushEntries = 500;
const flushBytes = 8 * 1024 * 1024;
const mostFailures = 8;
const mostEntries = 10_000;
const mostBytes = 64 * 1024 * 1024;
const longestBackoffMs = 1_000;
const mostDeletions = 100_000;
const idleMs = 250;

/** Collects writes and hands them on in batches, since a transaction costs several times what a row in it does. */
export const createWriteBehind = (options: WriteBehindOptions): WriteBehind => {
  const { flushMs, write, onFault, onDropped, onIdle } = options;
  let waiting = new Map<string, PendingWrite>();
  let waitingBytes = 0;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let stopped = false;

  const put = (key: string, entry: CacheEntry<Uint8Array> | undefined): void => {
    waitingBytes += (entry?.value.byteLength ?? 0) - (waiting.get(key)?.entry?.value.byteLength ?? 0);
    waiting.set(key, { entry });
  };

  /** Gives the values up but keeps their keys as deletions: an older value must not come back in their place. */
  const drop = (error: unknown): void => {
    let dropped = 0;
    for (const [key, { entry }] of waiting) {
      if (entry === undefined) continue;
      dropped += 1;
      waiting.set(key, { entry: undefined });
    }
    waitingBytes = 0;
    if (waiting.size > mostDeletions) waiting = new Map();
    if (dropped > 0) onDropped(dropped, error);
  };

  const schedule = (): void => {
    if (stopped || timer !== undefined || waiting.size === 0) return;
    const delayMs = failures === 0 ? flushMs : Math.min(flushMs * 2 ** failures, longestBackoffMs);
    timer = setTimeout(writeInBackground, delayMs);
    timer.unref();
  };

  const writeAll = (patient: boolean): void => {
    if (waiting.size === 0) return;
    // Whoever listens to what the write announces may set entries meanwhile: those belong to the next batch.
    const batch = waiting;
    const batchBytes = waitingBytes;
    waiting = new Map();
    waitingBytes = 0;
    try {
      write(batch, patient);
    } catch (error) {
      const newer = waiting;
      waiting = batch;
      waitingBytes = batchBytes;
      for (const [key, { entry }] of newer) put(key, entry);
      failures += 1;
      if (failures > mostFailures || waiting.size > mostEntries || waitingBytes > mostBytes) drop(error);
      schedule();
      throw error;
    }
    failures = 0;
    clearTimeout(timer);
    timer = undefined;
    schedule();
    if (stopped) return;
    clearTimeout(idleTimer);
    idleTimer = setTimeout(onIdle, idleMs);
    idleTimer.unref();
  };

  const writeInBackground = (): void => {
    clearTimeout(timer);
    timer = undefined;
    try {
      writeAll(false);
    } catch (error) {
      onFault(error);
    }
  };

  return {
    pending: () => waiting,
    get: (key) => waiting.get(key),
    add: (key, entry) => {
      put(key, entry);
      const full = waiting.size >= flushEntries || waitingBytes >= flushBytes;
      // After a failure only the timer tries again: a locked file must not make every `set` wait for it.
      if (full && failures === 0) writeInBackground();
      else if (failures > 0 && (waiting.size > mostEntries || waitingBytes > mostBytes)) writeInBackground();
      else schedule();
    },
    flush: () => writeAll(true),
    clear: () => {
      waiting = new Map();
      waitingBytes = 0;
    },
    bytes: () => waitingBytes,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      clearTimeout(idleTimer);
    },
  };
};

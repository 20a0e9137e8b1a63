import { asyncFromBytes, type Envelope } from '../../envelope.ts';
import type { MaybePromise } from '../../store.ts';
import { isBusy, isReadOnly } from './faults.ts';
import type { PendingWrite, PendingWrites } from './pending.ts';
import type { Slice } from './writer.ts';

export interface WriteBehindOptions {
  readonly flushMs: number;
  readonly pending: PendingWrites;
  readonly envelope: Envelope;
  /** Writes from a position on, and returns how far it came; or throws and has written nothing. */
  readonly commit: (writes: readonly PendingWrite[], from: number, slice: Slice) => number;
  /** Whether there is something to tell others besides the writes. */
  readonly hasUnsettled: () => boolean;
  /** Whether rows are to be removed that nobody waits for. */
  readonly hasDropped: () => boolean;
  /** A write in the background failed; what it was to write is kept for the next. */
  readonly onFault: (error: unknown) => void;
  /** So many entries were given up. */
  readonly onDropped: (entries: number, error: unknown) => void;
  /** What those are told who wait for something that was given up. */
  readonly failure: (error: unknown) => unknown;
  /** More deletions wait than can be kept in mind. */
  readonly onOverflow: () => void;
  /** Nothing has been written for a while. */
  readonly onIdle: () => void;
}

export interface WriteBehind {
  /** There is something new to write. */
  wake(isUrgent: boolean): void;
  /** Writes all that waits now, or throws. */
  flush(): void;
  /** Resolves when everything urgent has been written. */
  settled(): MaybePromise<void>;
  /** Writes no more; who waits is told `error`. */
  stop(error: unknown): void;
}

/** A batch this large does not wait for its time. */
const flushEntries = 500;
const flushBytes = 8 * 1024 * 1024;
/** More is never kept in memory. */
const mostEntries = 10_000;
const mostBytes = 64 * 1024 * 1024;
const mostDeletions = 100_000;
/**
 * How long rows are written in one turn of the event loop. Closing the transaction takes twice as long again, as it copies
 * each page it changed to the log, so a batch is several transactions: one for all would close for 1 to 3 ms, and keep
 * other processes waiting over whatever else this one does in between.
 */
const sliceMs = 0.15;
/** The same for a large batch: who writes that much needs the rows cheap, and each transaction costs as much as ten of them. */
const largeSliceMs = 1;
const largeBatchEntries = 300;
const mostFailures = 8;
const giveUpMs = 2_000;
const longestBackoffMs = 1_000;
/** After a failure no more is tried at once. */
const trialEntries = 1_000;
/** Locked by others for less than this is no fault. */
const patienceMs = 50;
const idleMs = 250;

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Collects writes and hands them on in batches, since a transaction costs several times what a row in it does. */
export const createWriteBehind = (options: WriteBehindOptions): WriteBehind => {
  const {
    flushMs,
    pending,
    envelope,
    commit,
    hasUnsettled,
    hasDropped,
    onFault,
    onDropped,
    failure,
    onOverflow,
    onIdle,
  } = options;
  /** The batch being written, and how far it has come. */
  let queue: readonly PendingWrite[] = [];
  let position = 0;
  let isRunning = false;
  let turn: NodeJS.Immediate | undefined;
  let urgentTurn: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let writtenAt = 0;
  let failures = 0;
  let failingSince = 0;
  let stopped = false;
  const sealing = new Set<PendingWrite>();
  /** Those who wait until the present batch is written, and until the next is. */
  let served: Waiter[] = [];
  let waiters: Waiter[] = [];

  const isOverfull = (): boolean => pending.values > mostEntries || pending.bytes > mostBytes;
  const hasWork = (): boolean => pending.size > 0 || hasUnsettled() || hasDropped();
  const hasUrgent = (): boolean => pending.hasUrgent || hasUnsettled();

  const takeWaiters = (): Waiter[] => {
    const taken = [...served, ...waiters];
    served = [];
    waiters = [];
    return taken;
  };

  const dropAll = (error: unknown): void => {
    const dropped = pending.giveUp();
    if (pending.size > mostDeletions) {
      pending.clear();
      onOverflow();
    }
    const cause = failure(error);
    for (const { reject } of takeWaiters()) reject(cause);
    if (dropped > 0) onDropped(dropped, error);
  };

  const schedule = (delayMs = flushMs): void => {
    if (stopped || isRunning || timer !== undefined || !hasWork()) return;
    timer = setTimeout(() => {
      timer = undefined;
      runAll();
    }, delayMs);
    // What was set last is written before the process ends by itself, if it can be written at once.
    if (waiters.length === 0 && failures > 0) timer.unref();
  };

  const failed = (error: unknown, isTold: boolean): void => {
    isRunning = false;
    waiters = takeWaiters();
    const at = performance.now();
    if (failures === 0) failingSince = at;
    failures += 1;
    const isLocked = isBusy(error);
    if (!isTold && (!isLocked || at - failingSince >= patienceMs)) onFault(error);
    const isHopeless = failures > mostFailures && at - failingSince >= giveUpMs;
    if (isHopeless || isReadOnly(error) || isOverfull()) dropAll(error);
    clearTimeout(timer);
    timer = undefined;
    if (!hasWork()) {
      // A lease that was given back has written the rest meanwhile: nothing is left to try again for.
      failures = 0;
      for (const { resolve } of takeWaiters()) resolve();
      return;
    }
    // Another process holds a lock for a millisecond or two at a time.
    schedule(Math.min((isLocked ? 1 : Math.max(1, flushMs)) * 2 ** failures, longestBackoffMs));
  };

  const rest = (): void => {
    idleTimer = undefined;
    const leftMs = writtenAt + idleMs - performance.now();
    if (stopped) return;
    // One timer that looks again costs less than one that is put off with every write.
    if (leftMs >= 1) idleTimer = setTimeout(rest, leftMs).unref();
    else onIdle();
  };

  const written = (): void => {
    writtenAt = performance.now();
    failures = 0;
    if (!hasUrgent()) for (const { resolve } of takeWaiters()) resolve();
  };

  const ended = (): void => {
    isRunning = false;
    queue = [];
    for (const { resolve } of served.splice(0)) resolve();
    if (stopped) return;
    if (waiters.length > 0 || hasUrgent()) atTurnsEnd();
    schedule();
    idleTimer ??= setTimeout(rest, idleMs).unref();
  };

  /** Writes one slice of the batch. */
  const step = (): void => {
    clearImmediate(turn);
    turn = undefined;
    try {
      const budgetMs = queue.length >= largeBatchEntries ? largeSliceMs : sliceMs;
      position = commit(queue, position, { isPatient: false, budgetMs });
    } catch (error) {
      failed(error, false);
      return;
    }
    written();
    if (position >= queue.length) ended();
    else turn = setImmediate(onTurn);
  };

  const run = (writes: readonly PendingWrite[]): void => {
    isRunning = true;
    queue = writes;
    position = 0;
    served.push(...waiters.splice(0));
    clearTimeout(timer);
    timer = undefined;
    step();
  };

  /** Large values are compressed in other threads, and written when that is done. */
  const isReady = (write: PendingWrite): boolean => {
    const { key, entry, sealed, isUrgent } = write;
    if (entry === undefined || sealed !== undefined || isUrgent || entry.value.byteLength < asyncFromBytes) return true;
    if (sealing.has(write)) return false;
    sealing.add(write);
    const done = (bytes: Uint8Array): void => {
      write.sealed = bytes;
      if (pending.get(key) === write && !stopped && !isRunning && failures === 0) run([write]);
    };
    envelope
      .sealLater(key, entry)
      .then(done)
      .catch(onFault)
      .finally(() => sealing.delete(write));
    return false;
  };

  const runAll = (): void => {
    if (isRunning || stopped) return;
    const writes = pending.sorted(false, failures > 0 ? trialEntries : undefined);
    // After a failure no write waits for its compression: it would miss the turn of the next try.
    const ready = isOverfull() || failures > 0 ? writes : writes.filter(isReady);
    if (ready.length > 0 || hasUnsettled() || hasDropped() || waiters.length > 0) run(ready);
  };

  const onTurn = (): void => {
    turn = undefined;
    if (isRunning) step();
    else runAll();
  };

  const onTurnsEnd = (): void => {
    urgentTurn = undefined;
    if (stopped || failures > 0) return;
    if (!isRunning) {
      run(pending.sorted(true));
      return;
    }
    // Ahead of the rest of the batch.
    queue = [...pending.sorted(true), ...queue.slice(position)];
    position = 0;
    served.push(...waiters.splice(0));
  };

  const atTurnsEnd = (): void => {
    urgentTurn ??= setImmediate(onTurnsEnd);
  };

  return {
    wake: (isUrgent) => {
      // The caller writes faster than turns go by, and pays for it.
      if (isOverfull()) onTurn();
      // After a failure only the timer tries again: a locked file must not make every call wait for it.
      else if (failures > 0) schedule();
      else if (isUrgent) atTurnsEnd();
      else if (isRunning) return;
      else if (pending.size >= flushEntries || pending.bytes >= flushBytes) turn ??= setImmediate(onTurn);
      else schedule();
    },
    flush: () => {
      if (!hasWork()) return;
      clearImmediate(turn);
      turn = undefined;
      try {
        commit(pending.sorted(false), 0, { isPatient: true, budgetMs: Number.POSITIVE_INFINITY });
      } catch (error) {
        failed(error, true);
        throw error;
      }
      clearTimeout(timer);
      timer = undefined;
      written();
      ended();
    },
    settled: () => {
      if (stopped || !hasUrgent()) return undefined;
      return new Promise((resolve, reject) => {
        waiters.push({ resolve, reject });
        timer?.ref();
        if (failures === 0) atTurnsEnd();
      });
    },
    stop: (error) => {
      stopped = true;
      clearImmediate(turn);
      clearImmediate(urgentTurn);
      clearTimeout(timer);
      clearTimeout(idleTimer);
      // What they waited for may have gone with another write.
      const isDone = !hasUrgent();
      for (const { resolve, reject } of takeWaiters()) isDone ? resolve() : reject(error);
    },
  };
};

import type { Clock } from '../clock.ts';
import { outputUnfit, runCancelled } from '../errors/run.ts';
import { reasonOf } from '../errors.ts';
import { channels, type RunEvent } from '../events.ts';
import type { ResourceLimits } from '../run/pools.ts';
import { delayBeforeRetry, type RetryPolicy } from '../run/retry.ts';
import { createAttempts, type ItemPlace, type ItemResult, type ItemTask } from './attempts.ts';
import type { ItemFile } from './item-file.ts';
import { createOrderedLines } from './ordered-lines.ts';
import { createSlots } from './slots.ts';

/** What an item came to, in this go or an earlier one. */
export interface EndedItem<Value> {
  readonly value: Value;
  /** In the list, from 0. */
  readonly index: number;
  readonly state: 'succeeded' | 'failed';
  readonly output: unknown;
  /** What this go has paid for it, US dollars. */
  readonly costUsd: number;
  /** An earlier go had done it. */
  readonly isReused: boolean;
}

/** Where outputs go, in the order of the items. What throws ends the go; what is under way is waited for and kept. */
export interface ItemSink<Value> {
  /** An item that has ended, with its line feed. */
  line(item: EndedItem<Value>): string;
  /** Whole lines, each time those after the last. Every go writes all of them from the first. */
  write(lines: string): void;
  /** All is written: makes it sure. */
  finish?(): void;
}

export interface RunItemsOptions<Value> extends RetryPolicy {
  /** Does an item. What it throws fails it, or is tried again; `costUsd` of what it throws was paid all the same. */
  readonly work: (value: Value, task: ItemTask) => PromiseLike<ItemResult> | ItemResult;
  readonly sink?: ItemSink<Value> | undefined;
  /** Items at work at once. @default 4 */
  readonly concurrency?: number | undefined;
  /** What there is of the resources that items take. */
  readonly limits?: Readonly<Record<string, ResourceLimits>> | undefined;
  /** What each item takes of them while it is at work, as `gpu` or `memory:4`. */
  readonly resources?: readonly string[] | undefined;
  /** Items begun beyond the first that has not ended. @default 10000 */
  readonly mostAhead?: number | undefined;
  /** How long an attempt may take, milliseconds. @default unlimited */
  readonly timeoutMs?: number | undefined;
  /** How long an attempt that was aborted may take to end, milliseconds: after it, it is not waited for. @default 5000 */
  readonly graceMs?: number | undefined;
  /** How long to wait after a failure that may pass, milliseconds; `undefined`: it is final. @default by the fields of `RetryPolicy` */
  readonly retryDelay?: ((error: unknown, failures: number) => number | undefined) | undefined;
  /** Whether a failure counts as one of the `failures`. @default all do */
  readonly isCounted?: ((error: unknown) => boolean) | undefined;
  /** Whether every other item would fail of it as well: it ends the go, and the item is still to be done. @default none */
  readonly isFatal?: ((error: unknown) => boolean) | undefined;
  /** What is kept of a failure. @default its code and message */
  readonly failureOf?: ((error: unknown, paidUsd: number) => unknown) | undefined;
  /** US dollars that may still be spent. @default unlimited */
  readonly maxCostUsd?: number | undefined;
  /** What an item may cost: so much is held back while it is at work. @default nothing */
  readonly estimateUsd?: ((value: Value) => number) | undefined;
  /** Does items again that failed in an earlier go. @default false */
  readonly retryFailed?: boolean | undefined;
  /** Begins nothing more, and gives up what waits outside; what is at work goes to its end. */
  readonly finishing?: AbortSignal | undefined;
  /** Gives up everything. */
  readonly signal?: AbortSignal | undefined;
  /** In the order in which they end; it is in the file of the run by then. */
  readonly onEnd?: ((item: EndedItem<Value>) => void) | undefined;
  /** Something was paid that brought no output which is kept, US dollars. */
  readonly onLost?: ((costUsd: number) => void) | undefined;
  /** Something can no longer be read or written, and so many items are at work: they are waited for. */
  readonly onBroken?: ((atWork: number) => void) | undefined;
}

/** Why a go has ended. */
export type ItemsEnd =
  | { readonly kind: 'complete' }
  /** By a signal, where something was left because of it. */
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'out-of-money' }
  | { readonly kind: 'halted'; readonly error: unknown }
  | {
      readonly kind: 'broken';
      readonly error: unknown;
      /** Outputs that could not be kept, and why: these items are done again. */
      readonly unkept: number;
      readonly keepError?: unknown;
    };

/** How many items came to what, and what this go has paid. */
export interface ItemCounts {
  succeeded: number;
  failed: number;
  /** Of them, those of earlier goes. */
  reused: number;
  costUsd: number;
}

export interface GoOptions<Value> extends RunItemsOptions<Value> {
  readonly items: AsyncIterable<Value> | Iterable<Value>;
  readonly hashOf: (value: Value) => Uint8Array;
  readonly file: ItemFile;
  readonly counts: ItemCounts;
  readonly clock: Clock;
  readonly random: () => number;
}

interface Item<Value> extends ItemPlace {
  readonly value: Value;
  readonly id: number;
  readonly startedAtMs: number;
  /** Since when nothing but room was missing for it to begin, or to be tried again. */
  readyAtMs: number;
  /** What it may cost, as long as it is at work. */
  readonly reserveUsd: number;
}

/** What waits for an item before it, in characters. */
const mostWaiting = 64 * 1024 * 1024;

/** `undefined` where it cannot be written down. */
const textOf = (output: unknown): string | undefined => {
  try {
    return JSON.stringify(output ?? null);
  } catch {
    return undefined;
  }
};

const describeFailure = (error: unknown): unknown => {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return { code: typeof code === 'string' ? code : 'UNKNOWN', message: reasonOf(error) };
};

/**
 * Does the items that have no output yet, and hands over all outputs in order. An item counts when it is in the file. Never rejects:
 * when the file, the sink or the list cannot be used, nothing new is begun, and what is at work is waited for and kept where that can
 * still be.
 */
export const doItems = async <Value>(options: GoOptions<Value>): Promise<ItemsEnd> => {
  const { file, hashOf, counts, clock, random, work, sink, concurrency = 4, mostAhead = 10_000 } = options;
  const { maxCostUsd = Number.POSITIVE_INFINITY, estimateUsd = () => 0, failureOf = describeFailure } = options;
  const { finishing, signal, isFatal = () => false, isCounted = () => true } = options;
  const { retryDelay = (error, failures) => delayBeforeRetry(options, failures, error, random) } = options;
  const lines = createOrderedLines((text) => sink?.write(text));
  let underWay = 0;
  let onIdle = (): void => {};
  let end: ItemsEnd = { kind: 'complete' };
  let unkept = 0;
  let keepError: unknown;
  let reservedUsd = 0;
  let spentUsd = 0;

  const isStopped = (): boolean => finishing?.aborted === true || signal?.aborted === true;
  const isOver = (): boolean => isStopped() || end.kind !== 'complete';
  const slots = createSlots({ concurrency, limits: options.limits, resources: options.resources, clock, isOver });
  const attempts = createAttempts({ slots, clock, timeoutMs: options.timeoutMs, graceMs: options.graceMs ?? 5_000 });
  const finish = (): void => attempts.leaveWaiting(runCancelled((finishing ?? signal)?.reason));
  const stop = (): void => {
    finish();
    attempts.leaveAll(runCancelled(signal?.reason));
  };
  const breakOff = (error: unknown): void => {
    if (end.kind === 'broken') return;
    end = { kind: 'broken', error, unkept };
    options.onBroken?.(underWay);
    finish();
  };

  const publish = (make: () => RunEvent): void => {
    if (channels.run.hasSubscribers) channels.run.publish(make());
  };
  const of = ({ name }: ItemPlace, attempt: number) => ({ run: file.run, step: name, attempt, atMs: clock.now() });
  const lose = (costUsd: number): void => {
    counts.costUsd += costUsd;
    options.onLost?.(costUsd);
  };
  const put = (ended: EndedItem<Value>): void => {
    counts[ended.state] += 1;
    if (ended.isReused) counts.reused += 1;
    options.onEnd?.(ended);
    lines.put(ended.index, sink?.line(ended) ?? '');
  };
  /** It gives back what it holds; once, at its end. */
  const leave = (item: Item<Value>): void => {
    reservedUsd -= item.reserveUsd;
    if (item.isParked) slots.wake();
    else slots.give();
  };
  const keep = async (item: Item<Value>, attempt: number, result: ItemResult, error?: unknown): Promise<void> => {
    const { value, index, id, startedAtMs, paidUsd } = item;
    const { output, isFailed = false } = result;
    const costUsd = paidUsd + (result.costUsd ?? 0);
    const state = isFailed ? 'failed' : 'succeeded';
    const text = textOf(output);
    if (text === undefined) {
      const unfit = outputUnfit(item.name, new Error('it is no JSON'));
      return keep(item, attempt, { ...result, output: failureOf(unfit, costUsd), isFailed: true }, unfit);
    }
    spentUsd += costUsd;
    const kept = file.settle({ id, state, output: text, costUsd });
    // What begins in its place is written down after it.
    leave(item);
    try {
      await kept;
    } catch (reason) {
      unkept += 1;
      keepError ??= reason;
      lose(costUsd);
      throw reason;
    }
    counts.costUsd += costUsd;
    publish(() => ({
      type: 'step-end',
      ...of(item, attempt),
      state,
      durationMs: clock.now() - startedAtMs,
      costUsd,
      isReused: false,
      ...(error !== undefined && { error }),
    }));
    put({ value, index, state, output: output ?? null, costUsd, isReused: false });
    lines.flush();
  };
  /** The item is still to be done. */
  const abandon = async (item: Item<Value>): Promise<void> => {
    const { id, paidUsd } = item;
    spentUsd += paidUsd;
    leave(item);
    if (paidUsd === 0) return;
    lose(paidUsd);
    await file.pay(id, paidUsd);
  };

  const abandonUnbegun = async (item: Item<Value>): Promise<void> => {
    await file.drop(item.id);
    await abandon(item);
  };

  const doItem = async (item: Item<Value>): Promise<void> => {
    let failures = 0;
    for (let number = 1; ; number += 1) {
      const waitedMs = clock.now() - item.readyAtMs;
      publish(() => ({ type: 'step-start', ...of(item, number), waitedMs }));
      const tried = await attempts.run(item, number, (task) => work(item.value, task));
      if ('value' in tried) return keep(item, number, tried.value);
      const { error, isLeft, costUsd } = tried;
      item.paidUsd += costUsd;
      if (isLeft) return abandon(item);
      if (isFatal(error)) {
        if (end.kind === 'complete') end = { kind: 'halted', error };
        finish();
        return item.paidUsd === 0 ? abandonUnbegun(item) : abandon(item);
      }
      if (isCounted(error)) failures += 1;
      const delayMs = retryDelay(error, failures);
      if (delayMs === undefined) {
        const output = failureOf(error, item.paidUsd);
        return keep(item, number, { output, isFailed: true }, error);
      }
      publish(() => ({ type: 'step-retry', ...of(item, number), error, retryAtMs: clock.now() + delayMs }));
      // It keeps its place: what is short of room is asked less.
      if (!(await attempts.pause(delayMs))) return abandon(item);
      item.readyAtMs = clock.now();
      if (item.isParked) {
        if (!(await slots.turn())) return abandon(item);
        item.isParked = false;
      }
    }
  };
  const start = async (value: Value, index: number, readyAtMs: number): Promise<boolean> => {
    const hash = hashOf(value);
    const record = file.recordOf(index, hash);
    const name = `items[${index}]`;
    if (record?.state === 'succeeded' || (record?.state === 'failed' && options.retryFailed !== true)) {
      put({ value, index, state: record.state, output: record.output, costUsd: 0, isReused: true });
      return true;
    }
    await slots.until(slots.isFree);
    const reserveUsd = estimateUsd(value);
    const fits = (): boolean => spentUsd + reservedUsd + reserveUsd <= maxCostUsd;
    // What is at work may cost less than it could.
    await slots.until(() => fits() || underWay === 0);
    if (isOver()) return false;
    if (!fits()) {
      end = { kind: 'out-of-money' };
      return false;
    }
    reservedUsd += reserveUsd;
    slots.take();
    underWay += 1;
    void file
      .begin(index, hash, record)
      .then(
        (id) => {
          const previous = record?.output;
          const startedAtMs = clock.now();
          const item = {
            index,
            name,
            value,
            id,
            previous,
            reserveUsd,
            startedAtMs,
            readyAtMs,
            isParked: false,
            paidUsd: 0,
          };
          return isOver() ? abandonUnbegun(item) : doItem(item);
        },
        (error) => {
          reservedUsd -= reserveUsd;
          slots.give();
          throw error;
        },
      )
      .catch(breakOff)
      .finally(() => {
        underWay -= 1;
        slots.wake();
        if (underWay === 0) onIdle();
      });
    return true;
  };

  finishing?.addEventListener('abort', finish, { once: true });
  signal?.addEventListener('abort', stop, { once: true });
  if (isStopped()) finish();
  try {
    let index = 0;
    for await (const value of options.items) {
      const [next, readyAtMs] = [index, clock.now()];
      await slots.until(() => next < lines.next() + mostAhead && lines.waitingLength() < mostWaiting);
      if (isOver() || !(await start(value, next, readyAtMs))) break;
      index += 1;
    }
    lines.flush();
  } catch (error) {
    breakOff(error);
  }
  if (underWay > 0)
    await new Promise<void>((resolve) => {
      onIdle = resolve;
    });
  slots.close();
  finishing?.removeEventListener('abort', finish);
  signal?.removeEventListener('abort', stop);
  const over = end as ItemsEnd;
  if (over.kind === 'broken') return { ...over, unkept, keepError };
  return over.kind === 'complete' && isStopped() ? { kind: 'interrupted' } : over;
};

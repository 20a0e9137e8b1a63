import type { Clock } from '../clock.ts';
import { stepTimedOut } from '../errors/run.ts';
import { Attempt } from '../run/attempt.ts';
import type { Slots } from './slots.ts';

/** What the work of an item is told. */
export interface ItemTask {
  /** In the list, from 0. */
  readonly index: number;
  /** From 1. */
  readonly attempt: number;
  /** Aborted when it takes too long, and when the run is stopped. */
  readonly signal: AbortSignal;
  /** What it came to in an earlier go, where it failed then. */
  readonly previous: unknown;
  /** What attempts before this one have cost, US dollars. */
  readonly paidUsd: number;
  /** It waits for something outside: others may be at work in its place. */
  park(): void;
  /** Takes its place again, if there is room; returns whether there was. What finds none may throw: another attempt waits for a place. */
  unpark(): boolean;
}

export interface ItemResult {
  /** JSON. */
  readonly output: unknown;
  /** What this attempt has cost, US dollars. */
  readonly costUsd?: number | undefined;
  /** It is no success, though nothing was thrown. @default false */
  readonly isFailed?: boolean | undefined;
}

/** An item, from its first attempt to its end. It has a slot at the beginning. */
export interface ItemPlace {
  readonly index: number;
  readonly name: string;
  readonly previous: unknown;
  isParked: boolean;
  paidUsd: number;
}

/** What an attempt came to. `isLeft`: it was given up, since nothing goes on any more. `costUsd`: what was paid for nothing. */
export type Tried<Value> =
  | { readonly value: Value }
  | { readonly error: unknown; readonly isLeft: boolean; readonly costUsd: number };

export interface Attempts {
  /** Tries once; never rejects. */
  run<Value>(
    place: ItemPlace,
    number: number,
    work: (task: ItemTask) => PromiseLike<Value> | Value,
  ): Promise<Tried<Value>>;
  /** Waits before another attempt, milliseconds. Resolves to false where there is none any more. */
  pause(ms: number): Promise<boolean>;
  /** What waits, outside or for another attempt, is given up; what begins to wait as well. */
  leaveWaiting(reason: unknown): void;
  leaveAll(reason: unknown): void;
}

export interface AttemptsOptions {
  readonly slots: Slots;
  readonly clock: Clock;
  readonly timeoutMs?: number | undefined;
  /** How long an attempt that was aborted may take to end, milliseconds: after it, it is not waited for. */
  readonly graceMs: number;
}

type Turn<Result> = (place: ItemPlace, attempt: Attempt) => Result;

/** A class, since a getter in an object literal would give each object a hidden class of its own, and keep it from being collected young. */
class OneTask implements ItemTask {
  readonly index: number;
  readonly attempt: number;
  readonly previous: unknown;
  readonly paidUsd: number;
  readonly park: () => void;
  readonly unpark: () => boolean;
  readonly #attempt: Attempt;

  constructor(place: ItemPlace, attempt: Attempt, park: Turn<void>, unpark: Turn<boolean>) {
    this.index = place.index;
    this.attempt = attempt.number;
    this.previous = place.previous;
    this.paidUsd = place.paidUsd;
    this.park = () => park(place, attempt);
    this.unpark = () => unpark(place, attempt);
    this.#attempt = attempt;
  }

  /** Made when it is first asked for. */
  get signal(): AbortSignal {
    return this.#attempt.signal;
  }
}

const costOf = (error: unknown): number => {
  const { costUsd } = (error ?? {}) as { readonly costUsd?: unknown };
  return typeof costUsd === 'number' && costUsd > 0 ? costUsd : 0;
};

export const createAttempts = ({ slots, clock, timeoutMs, graceMs }: AttemptsOptions): Attempts => {
  const active = new Map<Attempt, { readonly place: ItemPlace; readonly abort: (reason: unknown) => void }>();
  const pauses = new Set<(mayGo: boolean) => void>();
  let leaving: { readonly reason: unknown } | undefined;

  const park = (place: ItemPlace, attempt: Attempt): void => {
    if (place.isParked || attempt.isOver) return;
    place.isParked = true;
    slots.give();
    if (leaving !== undefined) active.get(attempt)?.abort(leaving.reason);
  };
  const unpark = (place: ItemPlace, attempt: Attempt): boolean => {
    if (!place.isParked) return true;
    if (attempt.isOver || !slots.isFree()) return false;
    place.isParked = false;
    slots.take();
    return true;
  };

  return {
    run(place, number, work) {
      const attempt = new Attempt(place.index, number);
      return new Promise((resolve) => {
        const end = (tried: Awaited<ReturnType<Attempts['run']>>): void => {
          if (attempt.isOver) return;
          attempt.isOver = true;
          attempt.stopTimer?.();
          active.delete(attempt);
          resolve(tried as Parameters<typeof resolve>[0]);
        };
        const fail = (error: unknown): void => {
          const { reason, isAborted } = attempt;
          const isLeft = isAborted && !isTimeout;
          end({ error: isAborted ? reason : error, isLeft, costUsd: costOf(error) });
        };
        let isTimeout = false;
        const abort = (reason: unknown): void => {
          if (!attempt.abort(reason)) return;
          attempt.stopTimer?.();
          attempt.stopTimer = clock.after(graceMs, () => fail(reason));
        };
        active.set(attempt, { place, abort });
        if (timeoutMs !== undefined)
          attempt.stopTimer = clock.after(timeoutMs, () => {
            isTimeout = true;
            abort(stepTimedOut(place.name, timeoutMs));
          });
        const call = async () => work(new OneTask(place, attempt, park, unpark));
        call().then((value) => end({ value }), fail);
      });
    },
    pause: (ms) =>
      new Promise((resolve) => {
        if (leaving !== undefined || ms <= 0) {
          resolve(leaving === undefined);
          return;
        }
        const end = (mayGo: boolean): void => {
          stop();
          pauses.delete(end);
          resolve(mayGo);
        };
        const stop = clock.after(ms, () => end(true));
        pauses.add(end);
      }),
    leaveWaiting(reason) {
      leaving ??= { reason };
      for (const { place, abort } of active.values()) if (place.isParked) abort(reason);
      for (const end of pauses) end(false);
      slots.wake();
    },
    leaveAll(reason) {
      for (const { abort } of active.values()) abort(reason);
      slots.wake();
    },
  };
};

import type { Clock } from '../clock.ts';
import { createPools, type ResourceLimits } from '../run/pools.ts';

export interface SlotsOptions {
  readonly concurrency: number;
  readonly limits?: Readonly<Record<string, ResourceLimits>> | undefined;
  /** What each item takes of them. */
  readonly resources?: readonly string[] | undefined;
  readonly clock: Clock;
  /** Nothing new begins. */
  readonly isOver: () => boolean;
}

/** Room for items at work. */
export interface Slots {
  isFree(): boolean;
  take(): void;
  give(): void;
  /** Takes a slot as soon as there is one, before anything new does. Resolves to false where nothing begins any more. */
  turn(): Promise<boolean>;
  /** Waits until something has come to be; also ends when nothing begins any more. For one at a time. */
  until(isReady: () => boolean): Promise<void>;
  /** Looks again at what is waited for. */
  wake(): void;
  close(): void;
}

export const createSlots = ({ concurrency, limits, resources = [], clock, isOver }: SlotsOptions): Slots => {
  const pools = createPools(concurrency, limits);
  const pool = pools.indexOf(resources);
  const turns: ((mayGo: boolean) => void)[] = [];
  let onWake = (): void => {};
  let stopTimer: (() => void) | undefined;

  const isFree = (): boolean => {
    const nowMs = clock.now();
    const fitsAtMs = pools.fitsAtMs(pool, nowMs);
    if (fitsAtMs <= nowMs) return true;
    if (fitsAtMs !== Number.POSITIVE_INFINITY)
      stopTimer ??= clock.after(fitsAtMs - nowMs, () => {
        stopTimer = undefined;
        wake();
      });
    return false;
  };
  const take = (): void => pools.acquire(pool, clock.now());
  const wake = (): void => {
    while (turns.length > 0 && (isOver() || isFree())) {
      const mayGo = !isOver();
      if (mayGo) take();
      turns.shift()?.(mayGo);
    }
    onWake();
  };

  return {
    isFree,
    take,
    give() {
      pools.release(pool);
      wake();
    },
    turn: () =>
      new Promise((resolve) => {
        turns.push(resolve);
        wake();
      }),
    async until(isReady) {
      while (!isOver() && !isReady()) {
        await new Promise<void>((resolve) => {
          onWake = resolve;
        });
      }
    },
    wake,
    close: () => stopTimer?.(),
  };
};

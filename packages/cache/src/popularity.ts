import { worthOf } from './entry.ts';
import type { CacheEntry, MaybePromise, UsageLog } from './store.ts';
import type { Tier } from './tier.ts';

/** Remembers which keys are used, for the next start. */
export interface Popularity {
  /** Counts a use, weighed by what it spared; of those that are `frequent`, some for all. */
  note(key: string, entry: CacheEntry, isFrequent: boolean): void;
  /** Hands what was counted to the store. */
  save(): MaybePromise<void>;
  /** No more saving by itself. */
  stop(): void;
}

const saveMs = 30_000;
const mostKeys = 4_096;
/** Of the hits in the hottest tier one in so many is counted, at random, for all of them: counting each would triple what it costs. */
const sampled = 16;

export const createPopularity = (tier: Tier, log: UsageLog, random: () => number): Popularity => {
  let uses = new Map<string, number>();
  let skip = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const save = (): MaybePromise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (uses.size === 0) return undefined;
    const batch = uses;
    uses = new Map();
    try {
      const saving = log.record(batch);
      return saving instanceof Promise ? saving.catch((error) => tier.fault('record', error)) : undefined;
    } catch (error) {
      tier.fault('record', error);
      return undefined;
    }
  };

  return {
    note: (key, entry, isFrequent) => {
      if (isFrequent) {
        skip -= 1;
        if (skip > 0) return;
        // Uneven steps, so that a regular pattern of requests does not hide from them.
        skip = 1 + Math.floor(random() * (2 * sampled - 1));
      }
      if (stopped) return;
      uses.set(key, (uses.get(key) ?? 0) + (isFrequent ? sampled : 1) * worthOf(entry));
      if (uses.size >= mostKeys) void save();
      else if (timer === undefined) {
        timer = setTimeout(() => void save(), saveMs);
        timer.unref();
      }
    },
    save,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
};

import type { Scopes } from './scopes.ts';
import type { Invalidation, InvalidationLog, MaybePromise } from './store.ts';
import type { Tier } from './tier.ts';

export interface CoherenceOptions {
  readonly tiers: readonly Tier[];
  readonly scopes: Scopes;
  /** Ends work under way that an invalidation of this or another process concerns. */
  readonly onInvalidated: (invalidation: Invalidation, origin: 'local' | 'remote') => void;
}

/** Carries invalidations to every tier of this cache, and between it and the other processes. */
export interface Coherence {
  /** Whether what others invalidated is applied as of this turn of the event loop; otherwise call `check`. */
  isChecked: boolean;
  check(): void;
  /** Like `check`, at once, whatever was checked before. */
  catchUp(): void;
  /** Invalidates here and for everyone else. Resolves when they can see it. */
  invalidate(invalidations: readonly Invalidation[]): Promise<void>;
  /**
   * Tells the shared tiers in front of the last one once more, now that the last one knows: others may have copied from it
   * to them meanwhile.
   */
  retell(invalidations: readonly Invalidation[]): MaybePromise<void>;
  /** Resolves when everyone can see what was deleted or set so far. */
  settled(): MaybePromise<void>;
  /** Remembers in what outlives the process how far it is up to date with the logs behind it. */
  saveMarks(): MaybePromise<void>;
  /** No more checks. */
  stop(): void;
}

/** A mark that is older than need be costs some invalidations applied again at the next start, milliseconds. */
const markEveryMs = 1_000;
const everything: Invalidation = { kind: 'all', name: '' };

const allOf = (work: readonly MaybePromise<unknown>[]): MaybePromise<void> => {
  const pending = work.filter((item) => item instanceof Promise);
  return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
};

export const createCoherence = (options: CoherenceOptions): Coherence => {
  const { tiers, scopes, onInvalidated } = options;
  const logs = tiers.flatMap((tier, index) => {
    const log = tier.store.invalidations;
    return log === undefined ? [] : [{ tier, index, log }];
  });
  const polled = logs.filter(({ log }) => log.poll !== undefined);
  const early = logs.slice(0, -1).map(({ tier }) => tier);
  /** Tiers whose others cannot be heard; those before them are not certain. */
  const unheard = new Set<number>();
  let stopped = false;

  const applyHere = (invalidation: Invalidation, origin: 'local' | 'remote'): void => {
    // Keys are deleted where they are; everything else is judged by its number when it is read.
    if (invalidation.kind !== 'key') scopes.add(invalidation);
    onInvalidated(invalidation, origin);
  };

  /** What the log of tier `from` tells concerns the tiers before it. Those behind it have been told by the process that invalidated. */
  const applyFrom = (from: number, invalidation: Invalidation): void => {
    applyHere(invalidation, 'remote');
    for (const tier of tiers.slice(0, from)) {
      if (invalidation.kind === 'key') void tier.delete(invalidation.name);
      else void tier.invalidate([invalidation]);
    }
  };

  /** Tiers that outlive the process, in front of a log that goes on while no process is there to hear it. */
  const marked = logs.flatMap(({ tier, log, index }) => {
    const keepers = tiers.slice(0, index).filter(({ store }) => store.marks !== undefined);
    const { name } = log;
    return log.resume === undefined || name === undefined || keepers.length === 0 ? [] : [{ tier, log, name, keepers }];
  });
  /** What comes after the end is not applied any more. */
  const stoppedAt = new Map<InvalidationLog, number>();
  let markTimer: NodeJS.Timeout | undefined;
  let isMarked = true;

  const readMark = (tier: Tier, name: string): number | undefined => {
    try {
      return tier.store.marks?.get(name);
    } catch (error) {
      tier.fault('poll', error);
      return undefined;
    }
  };

  const saveMarks = (): MaybePromise<void> => {
    clearTimeout(markTimer);
    markTimer = undefined;
    if (isMarked) return undefined;
    isMarked = true;
    return allOf(
      marked.map(async ({ log, name, keepers }) => {
        const number = stoppedAt.get(log) ?? log.version();
        for (const keeper of keepers) {
          // Only what is in the file by then is up to date there.
          await keeper.settled();
          try {
            if (number > 0) keeper.store.marks?.set(name, number);
          } catch (error) {
            keeper.fault('poll', error);
          }
        }
      }),
    );
  };

  const noteNews = (): void => {
    isMarked = false;
    if (marked.length === 0 || stopped) return;
    markTimer ??= setTimeout(() => void saveMarks(), markEveryMs).unref();
  };

  for (const { log, name, keepers } of marked) {
    const known = keepers.map((keeper) => readMark(keeper, name));
    log.resume?.(known.includes(undefined) ? undefined : Math.min(...known.map(Number)));
  }

  let group: string | undefined;
  for (const { log, index } of logs) {
    log.listen(
      {
        apply: (invalidation) => {
          if (!stopped) applyFrom(index, invalidation);
          noteNews();
        },
        missed: () => {
          if (!stopped) applyFrom(index, everything);
          noteNews();
        },
        unheard: (isUnheard) => {
          if (isUnheard) unheard.add(index);
          else unheard.delete(index);
          for (const [position, tier] of tiers.entries()) tier.suspend([...unheard].some((from) => from > position));
        },
      },
      group,
    );
    // Whoever shares a faster log hears of everything there; told twice, they would delete what one of them has just set.
    group ??= log.id;
  }

  const catchUp = (): void => {
    for (const { tier, log } of polled) {
      try {
        log.poll?.();
      } catch (error) {
        tier.fault('poll', error);
      }
    }
  };

  const coherence: Coherence = {
    isChecked: polled.length === 0,
    check: () => {
      coherence.isChecked = true;
      // With a reference: the loop must come round to this before it waits for the next request.
      setImmediate(() => {
        coherence.isChecked = stopped;
      });
      catchUp();
    },
    catchUp,
    invalidate: async (invalidations) => {
      for (const invalidation of invalidations) applyHere(invalidation, 'local');
      await allOf(tiers.map((tier) => tier.invalidate(invalidations)));
      await coherence.retell(invalidations);
      await coherence.settled();
      noteNews();
    },
    saveMarks: () => {
      // Also where nothing was heard: from here on it is known.
      isMarked = false;
      return saveMarks();
    },
    retell: (invalidations) =>
      early.length === 0
        ? undefined
        : allOf(
            early.flatMap((tier) =>
              invalidations.map((each) => (each.kind === 'key' ? tier.delete(each.name) : tier.invalidate([each]))),
            ),
          ),
    settled: () => (stopped ? undefined : allOf(logs.map(({ tier }) => tier.settled()))),
    stop: () => {
      for (const { log } of marked) stoppedAt.set(log, log.version());
      stopped = true;
      clearTimeout(markTimer);
      coherence.isChecked = true;
    },
  };
  return coherence;
};

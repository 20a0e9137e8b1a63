import type { Scopes } from './scopes.ts';
import type { Invalidation, MaybePromise } from './store.ts';
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
  /** Resolves when everyone can see what was deleted or set so far. */
  settled(): MaybePromise<void>;
  /** No more checks. */
  stop(): void;
}

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

  let group: string | undefined;
  for (const { log, index } of logs) {
    log.listen(
      {
        apply: (invalidation) => {
          if (!stopped) applyFrom(index, invalidation);
        },
        missed: () => {
          if (!stopped) applyFrom(index, everything);
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
      await coherence.settled();
    },
    settled: () => (stopped ? undefined : allOf(logs.map(({ tier }) => tier.settled()))),
    stop: () => {
      stopped = true;
      coherence.isChecked = true;
    },
  };
  return coherence;
};

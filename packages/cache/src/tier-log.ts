import type { StoreOperation } from './events.ts';
import type { Scopes } from './scopes.ts';
import type { CacheStore, Invalidation, MaybePromise } from './store.ts';

export interface TierLogOptions {
  readonly store: CacheStore;
  readonly scopes: Scopes;
  /** Counts and announces what the store's log threw. */
  readonly fault: (operation: StoreOperation, error: unknown) => void;
  readonly clear: () => MaybePromise<void>;
  /** Nothing that the store holds now is to be believed. */
  readonly doubtAll: () => void;
}

/** What a tier knows of invalidations: from the store's own log, or by what this process remembers. No fault gets out. */
export interface TierLog {
  version(): number;
  invalidate(invalidations: readonly Invalidation[]): MaybePromise<void>;
  settled(): MaybePromise<void>;
  forgetHistory(): void;
}

export const createTierLog = ({ store, scopes, fault, clear, doubtAll }: TierLogOptions): TierLog => {
  const { persistent, shared } = store.capabilities;
  const log = store.invalidations;

  const forgetHistory = (): void => {
    try {
      store.forgetHistory?.();
    } catch (error) {
      fault('invalidate', error);
    }
  };

  return {
    version: () => {
      if (log === undefined) return scopes.version;
      try {
        return log.version();
      } catch (error) {
        fault('poll', error);
        return 0;
      }
    },
    invalidate: (invalidations) => {
      if (invalidations.some(({ kind }) => kind === 'namespace' || kind === 'all')) forgetHistory();
      if (log === undefined) {
        // The numbers of this process mean nothing to a store that outlives it: what it holds must go at once.
        return persistent || shared ? clear() : undefined;
      }
      const fail = (error: unknown): void => {
        doubtAll();
        fault('invalidate', error);
      };
      try {
        const added = log.add(invalidations);
        return added instanceof Promise ? added.catch(fail) : undefined;
      } catch (error) {
        return fail(error);
      }
    },
    settled: () => {
      if (log === undefined) return undefined;
      try {
        const settling = log.settled();
        return settling instanceof Promise ? settling.catch((error) => fault('invalidate', error)) : undefined;
      } catch (error) {
        fault('invalidate', error);
        return undefined;
      }
    },
    forgetHistory,
  };
};

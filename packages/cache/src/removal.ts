import type { Coherence } from './coherence.ts';
import { optionInvalid } from './errors.ts';
import { compileGlob } from './glob.ts';
import type { Invalidation, MaybePromise } from './store.ts';
import type { Superseding } from './superseding.ts';
import type { Tickets } from './tickets.ts';
import type { TierStack } from './tier-stack.ts';

export interface RemovalOptions<Value> {
  readonly stack: TierStack<Value>;
  readonly tickets: Tickets;
  readonly coherence: Coherence;
  readonly superseding: Superseding;
  readonly isClosed: () => boolean;
}

/** Takes entries away, here and for the other processes, one by one or by what they have in common. */
export interface Removal {
  /** Resolves to whether any tier had the key, when other processes can see that it is gone. */
  remove(key: string): MaybePromise<boolean>;
  /** Throws `CACHE_OPTION_INVALID` for a name that is none. */
  invalidate(kind: Invalidation['kind'], names: readonly string[]): Promise<void>;
  /** The namespace with all below it, or everything. */
  clear(namespace: string | undefined): Promise<void>;
}

export const createRemoval = <Value>(options: RemovalOptions<Value>): Removal => {
  const { stack, tickets, coherence, superseding, isClosed } = options;

  const invalidate = async (kind: Invalidation['kind'], names: readonly string[]): Promise<void> => {
    for (const what of names) {
      if (typeof what !== 'string' || what === '') throw optionInvalid(kind, what, 'a name that is not empty');
      if (kind === 'glob') compileGlob(what);
    }
    if (!coherence.isChecked) coherence.check();
    if (!isClosed() && names.length > 0) await coherence.invalidate(names.map((what) => ({ kind, name: what })));
  };

  return {
    remove: (key) => {
      if (!coherence.isChecked) coherence.check();
      superseding.key(key, 'local');
      const removed = stack.remove(key);
      if (removed instanceof Promise) {
        const ticket = tickets.take(key);
        return removed.then(async (had) => {
          // Not where something newer stands there by now.
          if (!ticket.superseded) await coherence.retell([{ kind: 'key', name: key }]);
          tickets.release(key, ticket);
          await coherence.settled();
          return had;
        });
      }
      const settling = coherence.settled();
      return settling instanceof Promise ? settling.then(() => removed) : removed;
    },
    invalidate,
    clear: async (namespace) => {
      if (namespace !== undefined) return invalidate('namespace', [namespace]);
      if (!coherence.isChecked) coherence.check();
      superseding.everything('local');
      for (const tier of stack.tiers) tier.forgetHistory();
      await Promise.all(stack.tiers.map((tier) => tier.clear()));
      await coherence.retell([{ kind: 'all', name: '' }]);
      await coherence.settled();
    },
  };
};

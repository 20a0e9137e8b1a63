import { channels } from './events.ts';
import { compileGlob } from './glob.ts';
import type { Loads } from './loads.ts';
import { namespaceEnd } from './scopes.ts';
import type { Invalidation } from './store.ts';
import type { Tickets } from './tickets.ts';

type Origin = 'local' | 'remote';

export interface SupersedingOptions<Value> {
  /** The name of the cache. */
  readonly name: string;
  readonly loads: Loads<Value>;
  readonly tickets: Tickets;
}

/** Sees that no work under way brings back what was invalidated, and announces the invalidation. */
export interface Superseding {
  key(key: string, origin: Origin): void;
  everything(origin: Origin): void;
  /** Whatever the invalidation covers. */
  covered(invalidation: Invalidation, origin: Origin): void;
}

export const createSuperseding = <Value>({ name, loads, tickets }: SupersedingOptions<Value>): Superseding => {
  const announce = (kind: Invalidation['kind'], origin: Origin): void => {
    const { invalidationEnd } = channels;
    if (invalidationEnd.hasSubscribers) invalidationEnd.publish({ cache: name, kind, origin });
  };

  const superseding: Superseding = {
    key: (key, origin) => {
      loads.supersede(key);
      announce('key', origin);
    },
    everything: (origin) => {
      tickets.supersedeAll();
      loads.supersedeWhere(() => true);
      announce('all', origin);
    },
    covered: ({ kind, name: what }, origin) => {
      if (kind === 'key') return superseding.key(what, origin);
      if (kind === 'all') return superseding.everything(origin);
      const matches = kind === 'glob' ? compileGlob(what) : undefined;
      loads.supersedeWhere(
        (key, tags) =>
          matches?.(key) ?? (kind === 'tag' ? (tags?.includes(what) ?? true) : key.startsWith(what + namespaceEnd)),
      );
      announce(kind, origin);
    },
  };
  return superseding;
};

import { lookupKind } from '../kinds/cache.ts';
import type { EventStore } from '../store/event-store.ts';
import type { Filter, Group } from '../store/query.ts';
import type { Period } from './period.ts';

export interface Lookups {
  readonly groups: readonly Group[];
  /** Why there are none of some requests alone; null where there is no filter. */
  readonly leftOut: string | null;
}

const leftOut =
  'Lookups of caches are not recorded by model, key or what else a filter names: by tier they are told of all requests alone.';

/** Lookups of all caches, or none beside a filter: those of everybody would stand as those of some. */
export const lookupsOf = (store: EventStore, period: Period, where: Filter, by: readonly string[]): Lookups =>
  Object.keys(where).length > 0
    ? { groups: [], leftOut }
    : { groups: store.aggregate(lookupKind, { ...period, by }), leftOut: null };

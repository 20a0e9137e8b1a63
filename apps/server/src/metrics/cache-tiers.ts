import type { CacheStats } from '@hotpath/runtime';
import { type Exposition, labelsOf } from '@hotpath/runtime/metrics';

type Tier = CacheStats['tiers'][number];

/** The tiers of the cache in use. Their counters begin anew where a changed configuration opens another cache. */
export const writeCacheTiers = (exposition: Exposition, { tiers }: CacheStats): void => {
  const labels = new Map(tiers.map((tier) => [tier, labelsOf({ tier: tier.name })]));
  const samples = (pick: (tier: Tier) => number | undefined) =>
    tiers.flatMap((tier) => {
      const value = pick(tier);
      return value === undefined ? [] : [[labels.get(tier) ?? '', value] as const];
    });
  const counter = (name: string, help: string, pick: (tier: Tier) => number): void =>
    exposition.counter(`hotpath_cache_${name}_total`, help, samples(pick));
  const gauge = (name: string, help: string, pick: (tier: Tier) => number | undefined): void =>
    exposition.gauge(`hotpath_cache_${name}`, help, samples(pick));

  counter('hits', 'Lookups that a tier answered.', ({ hits }) => hits);
  counter('misses', 'Lookups that a tier passed on.', ({ misses }) => misses);
  counter('sets', 'Entries written to a tier, promotions included.', ({ sets }) => sets);
  counter('evictions', 'Entries that made room for others.', ({ evictions }) => evictions);
  counter('expired', 'Entries that grew too old.', ({ expired }) => expired);
  counter('refused', 'Entries that a tier did not take.', ({ refused }) => refused);
  counter('damaged', 'Entries that could not be read.', ({ damaged }) => damaged);
  counter('errors', 'Faults of a tier, which no request noticed.', ({ errors }) => errors);
  counter('saved_load_seconds', 'What the hits would have taken otherwise.', ({ savedLoadMs }) => savedLoadMs / 1000);
  gauge('entries', 'Entries that a tier holds.', ({ entries }) => entries);
  gauge('bytes', 'Bytes that a tier holds.', ({ bytes }) => bytes);
  gauge('max_entries', 'Bound on its entries.', ({ maxEntries }) => maxEntries);
  gauge('max_bytes', 'Bound on its bytes.', ({ maxBytes }) => maxBytes);
  gauge('read_seconds', 'Mean time of asking a tier that is not memory.', ({ readMs }) => readMs / 1000);
};

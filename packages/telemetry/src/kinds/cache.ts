import { defineKind } from '../kind.ts';

/** Lookups of a cache. */
export const lookupKind = defineKind({
  name: 'lookup',
  about: 'A cache was asked for an entry.',
  dimensions: {
    cache: 'The name of the cache.',
    outcome: '`hit`, `miss`, `stale`, or `coalesced` where another was loading it.',
    tier: 'The tier that had it; empty where none did.',
  },
  measures: {},
  isCounted: true,
});

/** What a cache loaded, because it did not have it. */
export const loadKind = defineKind({
  name: 'load',
  about: 'A cache had an entry made that it did not have.',
  dimensions: {
    cache: 'The name of the cache.',
    outcome: '`loaded`, `failed`, or `aborted` where nobody waited for it any more.',
  },
  measures: { duration: { unit: 'microseconds', keep: 'histogram', about: 'How long the loader took.' } },
});

/** Operations of the database behind a cache, and of others that tell of them. */
export const queryKind = defineKind({
  name: 'query',
  about: 'A database was asked, or written to.',
  dimensions: {
    database: 'Which: `cache`, `journal` of runs, or `keys` of a gateway.',
    operation: '`read` or `write`.',
  },
  measures: {
    duration: { unit: 'microseconds', keep: 'sum', about: 'Time it took, over all of them.' },
    slowest: { unit: 'microseconds', keep: 'highest', about: 'Time that the slowest took.' },
  },
  isCounted: true,
});

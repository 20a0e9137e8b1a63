import { loadKind, lookupKind, queryKind } from '../kinds/cache.ts';
import { faultKind } from '../kinds/process.ts';
import type { Source } from '../source.ts';
import { codeOf } from './code-of.ts';
import { listen } from './listen.ts';

interface LookupEnd {
  readonly cache: string;
  readonly outcome: string;
  readonly tier: string | undefined;
}
interface LoadEnd {
  readonly cache: string;
  readonly outcome: string;
  readonly durationMs: number;
}
interface QueryEnd {
  readonly operation: string;
  readonly durationMs: number;
}
interface StoreFault {
  readonly operation: string;
  readonly error: unknown;
}
interface EntryDropped {
  readonly reason: string;
  readonly entries: number | undefined;
}

/** Records lookups, loads, queries and faults, from the channels of `@hotpath/cache`. `now`: epoch milliseconds. */
export const cacheSource = ({ now = Date.now }: { readonly now?: (() => number) | undefined } = {}): Source => ({
  name: 'cache',
  start(collector) {
    const lookups = collector.recorder(lookupKind);
    const loads = collector.recorder(loadKind);
    const queries = collector.recorder(queryKind);
    const faults = collector.recorder(faultKind);
    return listen({
      'hotpath:cache:lookup-end'({ cache, outcome, tier }: LookupEnd) {
        const { dimensionAt } = lookupKind;
        lookups.names[dimensionAt.cache] = cache;
        lookups.names[dimensionAt.outcome] = outcome;
        lookups.names[dimensionAt.tier] = tier ?? '';
        lookups.push(0);
      },
      'hotpath:cache:load-end'({ cache, outcome, durationMs }: LoadEnd) {
        loads.names[loadKind.dimensionAt.cache] = cache;
        loads.names[loadKind.dimensionAt.outcome] = outcome;
        loads.values[loadKind.measureAt.duration] = durationMs * 1000;
        loads.push(now());
      },
      'hotpath:cache:query-end'({ operation, durationMs }: QueryEnd) {
        queries.names[queryKind.dimensionAt.database] = 'cache';
        queries.names[queryKind.dimensionAt.operation] = operation;
        queries.values[queryKind.measureAt.duration] = durationMs * 1000;
        queries.values[queryKind.measureAt.slowest] = durationMs * 1000;
        queries.push(now());
      },
      'hotpath:cache:store-fault'({ operation, error }: StoreFault) {
        faults.names[faultKind.dimensionAt.part] = 'cache';
        faults.names[faultKind.dimensionAt.code] = codeOf(error) || operation;
        faults.push(now());
      },
      'hotpath:cache:entry-dropped'({ reason, entries }: EntryDropped) {
        faults.names[faultKind.dimensionAt.part] = 'cache';
        faults.names[faultKind.dimensionAt.code] = reason;
        if (entries !== undefined) faults.values[faultKind.measureAt.lost] = entries;
        faults.push(now());
      },
    });
  },
});

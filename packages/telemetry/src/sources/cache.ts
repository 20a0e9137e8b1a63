import { loadKind, lookupKind } from '../kinds/cache.ts';
import { faultKind } from '../kinds/process.ts';
import type { Source } from '../source.ts';
import { codeOf } from './code-of.ts';
import { listenOnChannels } from './listen.ts';
import { queryRecorder } from './queries.ts';

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
  start(collector, listen = listenOnChannels) {
    const lookups = collector.recorder(lookupKind);
    const loads = collector.recorder(loadKind);
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
      'hotpath:cache:query-end': queryRecorder(collector, 'cache', now),
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

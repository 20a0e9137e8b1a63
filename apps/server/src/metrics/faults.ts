import { type CacheFaultEvent, cacheChannels, routerChannels, type StoreFaultEvent } from '@hotpath/runtime';
import { type Exposition, type Labels, labelsOf } from '@hotpath/runtime/metrics';

/** Counts faults of the cache, by what was being done. */
export interface Faults {
  write(exposition: Exposition): void;
  close(): void;
}

export const createFaults = (): Faults => {
  const ofCache = new Map<Labels, number>();
  const ofStores = new Map<Labels, number>();
  const count = (counts: Map<Labels, number>, labels: Readonly<Record<string, string>>): void => {
    const written = labelsOf(labels);
    counts.set(written, (counts.get(written) ?? 0) + 1);
  };
  const onCacheFault = (message: unknown): void => {
    const { operation } = message as CacheFaultEvent;
    count(ofCache, { operation });
  };
  const onStoreFault = (message: unknown): void => {
    const { store, operation } = message as StoreFaultEvent;
    count(ofStores, { store, operation });
  };
  routerChannels.cacheFault.subscribe(onCacheFault);
  cacheChannels.storeFault.subscribe(onStoreFault);

  return {
    write(exposition) {
      exposition.counter('hotpath_cache_faults_total', 'Faults of the cache that the router met.', ofCache);
      exposition.counter('hotpath_store_faults_total', 'Faults of the stores behind the cache.', ofStores);
    },
    close() {
      routerChannels.cacheFault.unsubscribe(onCacheFault);
      cacheChannels.storeFault.unsubscribe(onStoreFault);
    },
  };
};

import { type CacheFaultEvent, cacheChannels, routerChannels, type StoreFaultEvent } from '@hotpath/runtime';
import { type RequestRefusedEvent, channels as serverChannels } from '../events.ts';
import { createCounters } from './counters.ts';
import type { Exposition } from './exposition.ts';
import { createNames } from './names.ts';

/** Counts what went wrong without a provider: refusals of the server itself, and faults of the cache. */
export interface Faults {
  write(exposition: Exposition): void;
  close(): void;
}

const mostCodes = 100;

export const createFaults = (): Faults => {
  const codeOf = createNames(mostCodes);
  const refusals = createCounters('protocol', 'code', 'status');
  const cacheFaults = createCounters('operation');
  const storeFaults = createCounters('store', 'operation');

  const onRefused = (message: unknown): void => {
    const { protocol, code, status } = message as RequestRefusedEvent;
    refusals.add(1, protocol, codeOf(code), String(status));
  };
  const onCacheFault = (message: unknown): void => cacheFaults.add(1, (message as CacheFaultEvent).operation);
  const onStoreFault = (message: unknown): void => {
    const { store, operation } = message as StoreFaultEvent;
    storeFaults.add(1, store, operation);
  };
  serverChannels.requestRefused.subscribe(onRefused);
  routerChannels.cacheFault.subscribe(onCacheFault);
  cacheChannels.storeFault.subscribe(onStoreFault);

  return {
    write(exposition) {
      exposition.counter(
        'hotpath_refused_requests_total',
        'Requests that were refused before a model was looked for.',
        refusals,
      );
      exposition.counter('hotpath_cache_faults_total', 'Faults of the cache that the router met.', cacheFaults);
      exposition.counter('hotpath_store_faults_total', 'Faults of the stores behind the cache.', storeFaults);
    },
    close() {
      serverChannels.requestRefused.unsubscribe(onRefused);
      routerChannels.cacheFault.unsubscribe(onCacheFault);
      cacheChannels.storeFault.unsubscribe(onStoreFault);
    },
  };
};

import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import type { PeerCache, PeerOptions, Stored } from './peer.ts';
import { ttlMs } from './peer.ts';

const create = ({ maxEntries, load }: PeerOptions, serialize: boolean): PeerCache => {
  const cache = new BentoCache({
    default: 'memory',
    ttl: ttlMs,
    stores: { memory: bentostore().useL1Layer(memoryDriver({ maxItems: maxEntries, serialize })) },
  });
  return {
    get: (key) => cache.get<Stored>({ key }),
    set: (key, value) => cache.set({ key, value }),
    getOrSet: (key) => cache.getOrSet({ key, factory: () => load(key) }),
    close: () => cache.disconnectAll(),
  };
};

export const createBentocache = (options: PeerOptions): PeerCache => create(options, true);

export const createBentocacheRaw = (options: PeerOptions): PeerCache => create(options, false);

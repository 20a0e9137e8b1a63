import { Keyv } from 'keyv';
import type { PeerCache, Stored } from './peer.ts';
import { ttlMs } from './peer.ts';

const create = (keyv: Keyv<Stored>): PeerCache => ({
  get: (key) => keyv.get<Stored>(key),
  set: (key, value) => keyv.set(key, value),
  close: () => keyv.disconnect(),
});

export const createKeyv = (): PeerCache => create(new Keyv<Stored>({ ttl: ttlMs }));

export const createKeyvRaw = (): PeerCache => create(new Keyv<Stored>({ ttl: ttlMs, serialization: false }));

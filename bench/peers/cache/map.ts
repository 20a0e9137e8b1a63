import type { PeerCache, Stored } from './peer.ts';

export const createMap = (): PeerCache => {
  const map = new Map<string, Stored>();
  return { getNow: (key) => map.get(key), setNow: (key, value) => map.set(key, value) };
};

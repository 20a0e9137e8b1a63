import { get, put } from 'cacache';
import type { DiskCache } from './disk-peer.ts';

export const openCacache = (folder: string): DiskCache => ({
  read: async (key) => JSON.parse((await get(folder, key, { memoize: false })).data.toString('utf8')),
  write: (key, value) => put(folder, key, JSON.stringify(value), { memoize: false }),
  close: () => {},
});

import KeyvSqlite from '@keyv/sqlite';
import { Keyv } from 'keyv';
import type { DiskCache } from './disk-peer.ts';
import { type Stored, ttlMs } from './peer.ts';

export const openKeyvSqlite = (folder: string): DiskCache => {
  const store = new KeyvSqlite({ uri: `sqlite://${folder}/keyv.db`, wal: true, driver: 'node:sqlite' });
  const keyv = new Keyv<Stored>({ store, ttl: ttlMs });
  return {
    read: (key) => keyv.get<Stored>(key),
    write: (key, value) => keyv.set(key, value),
    writeMany: (entries) => keyv.setMany(entries.map(([key, value]) => ({ key, value }))),
    close: () => keyv.disconnect(),
  };
};

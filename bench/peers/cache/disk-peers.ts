import type { DiskPeer } from './disk-peer.ts';

/** The side that every ratio is against. */
export const diskBaselineName = 'node:sqlite';

export const diskPeers: readonly DiskPeer[] = [
  {
    name: diskBaselineName,
    note: 'the floor: one table with an index on the key, prepared statements, WAL, synchronous NORMAL, values as JSON text; no expiry, checksum or bound',
    slow: false,
    open: async (folder) => (await import('./disk-node-sqlite.ts')).openNodeSqlite(folder),
  },
  {
    name: 'hotpath',
    note: 'createCache({ tiers: [{ store: sqliteStore({ path }) }], ttlMs }) with nothing in memory; a write is set(), and flush() once for many',
    slow: false,
    open: async (folder) => (await import('./disk-hotpath.ts')).openHotpath(folder),
  },
  {
    name: 'hotpath store',
    note: 'the store alone, bytes out; writes make them from the value',
    slow: false,
    open: async (folder) => (await import('./disk-hotpath.ts')).openHotpathStore(folder),
  },
  {
    name: 'files',
    note: 'a file per key, synchronous calls, written and renamed',
    slow: false,
    open: async (folder) => (await import('./disk-files.ts')).openFiles(folder),
  },
  {
    name: 'keyv sqlite',
    note: 'Keyv over @keyv/sqlite 6.0.0-beta.4 on the same SQLite of Node, wal: true, setMany for many; its synchronous FULL waits for the disk at each commit (the release before needs a compiled module)',
    slow: false,
    open: async (folder) => (await import('./disk-keyv.ts')).openKeyvSqlite(folder),
  },
  {
    name: 'cacache',
    note: 'put() and get() with memoize: false; checks the content against its hash',
    slow: true,
    open: async (folder) => (await import('./disk-cacache.ts')).openCacache(folder),
  },
];

/** What a process does that writes all the time, and what it would do without. */
const writingPeers: readonly DiskPeer[] = [
  {
    name: 'no cache',
    note: 'the values are made and dropped',
    slow: false,
    open: async () => ({ read: () => undefined, write: () => {}, close: () => {} }),
  },
  {
    name: 'hotpath tiers',
    note: 'createCache over memoryStore(), bufferStore() and sqliteStore({ path })',
    slow: false,
    open: async (folder) => (await import('./disk-hotpath.ts')).openHotpathTiers(folder),
  },
];

/** The peer of that name. Throws for none. */
export const diskPeerOf = (name: string): DiskPeer => {
  const peer = [...diskPeers, ...writingPeers].find((candidate) => candidate.name === name);
  if (peer === undefined) throw new Error(`No cache on disk is called "${name}".`);
  return peer;
};

import { DatabaseSync } from 'node:sqlite';
import type { DiskCache } from './disk-peer.ts';
import type { Stored } from './peer.ts';

/** The least that a table can do: no expiry, no checksum, no bound. */
export const openNodeSqlite = (folder: string): DiskCache => {
  const database = new DatabaseSync(`${folder}/floor.db`);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  database.exec('CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value TEXT NOT NULL)');
  const select = database.prepare('SELECT value FROM entries WHERE key = ?');
  const insert = database.prepare('INSERT OR REPLACE INTO entries (key, value) VALUES (?, ?)');
  const [begin, commit] = [database.prepare('BEGIN IMMEDIATE'), database.prepare('COMMIT')];
  const write = (key: string, value: Stored) => insert.run(key, JSON.stringify(value));
  return {
    read: (key) => {
      const text = select.get(key)?.value;
      return typeof text === 'string' ? JSON.parse(text) : undefined;
    },
    write,
    writeMany: (entries) => {
      begin.run();
      for (const [key, value] of entries) write(key, value);
      commit.run();
    },
    close: () => database.close(),
  };
};

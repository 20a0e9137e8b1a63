import { randomUUID } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { journalFull, journalUnusable } from '../errors/journal.ts';
import { locked } from '../errors/lock.ts';
import { BatchError } from '../errors.ts';
import { createGroupCommit } from '../journal/group-commit.ts';
import type { Durability } from '../journal/journal.ts';
import { pack, unpack } from '../journals/sqlite/packed.ts';
import { adviceOn, isBusy, isFullDisk, isSyncFailed } from '../sqlite/faults.ts';
import { openFile } from '../sqlite/open-file.ts';
import { type Claims, createClaims } from './claims.ts';
import { itemsLayout } from './layout.ts';

export type ItemState = 'begun' | 'succeeded' | 'failed';

/** What is known of an item from earlier goes. */
export interface ItemRecord {
  readonly id: number;
  readonly state: ItemState;
  /** What it came to. */
  readonly output: unknown;
}

export interface SettledItem {
  readonly id: number;
  readonly state: 'succeeded' | 'failed';
  /** JSON. */
  readonly output: string;
  readonly costUsd: number;
}

/** What became of each item of a run, for this process alone: an output counts when it is in here. */
export interface ItemFile extends Claims {
  /** Of the run, the same in all goes. */
  readonly run: string;
  /** How many goes there were, this one included. */
  readonly pass: number;
  recall(name: string): string | undefined;
  remember(name: string, value: string): void;
  recordOf(position: number, hash: Uint8Array): ItemRecord | undefined;
  /** The item is about to be given to somebody. Resolves to the id of its record, once that is there. */
  begin(position: number, hash: Uint8Array, record: ItemRecord | undefined): Promise<number>;
  settle(item: SettledItem): Promise<void>;
  /** Something was paid for an item that is still to be done, US dollars. */
  pay(id: number, costUsd: number): Promise<void>;
  /** The item was begun in vain, and nothing was paid. */
  drop(id: number): Promise<void>;
  /** Resolves when all that was written survives the loss of power. */
  sync(): Promise<void>;
  /** What all goes have cost, US dollars, as far as that is known. */
  spentUsd(): number;
  close(): void;
}

type Write = (statements: ReturnType<typeof prepareStatements>) => void;
interface Entry {
  readonly write: Write;
  failure?: unknown;
}

const onDamage = 'Begin anew with restart, or move it away: what it knows of items is lost then.';

export const memoryPath = ':memory:';

/** A database, with what SQLite keeps beside it. */
const filesOf = (path: string): readonly string[] => [path, `${path}-wal`, `${path}-shm`, `${path}-journal`];

const unusable = (path: string, cause: unknown): BatchError => {
  if (BatchError.isInstance(cause)) return cause;
  if (isFullDisk(cause)) return journalFull(path, cause);
  const { text, isRetryable } = adviceOn(cause, onDamage);
  return journalUnusable(path, cause, text, isRetryable);
};

/** How long to wait for others that only look whether somebody has it, milliseconds. */
const lookMs = 100;

/** Opens it for this process alone; the lock ends with the process. Throws `BATCH_LOCKED` and `BATCH_JOURNAL_UNUSABLE`. */
const connect = (path: string, busyMs = lookMs): DatabaseSync => {
  try {
    return openFile({
      path,
      layout: itemsLayout,
      busyMs,
      isExclusive: true,
      pragmas:
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1;',
    });
  } catch (error) {
    throw isBusy(error) ? locked(path, path, undefined) : unusable(path, error);
  }
};

/** Forgets what was there. What is in use stays, and throws; what is damaged goes. */
const connectAnew = (path: string): DatabaseSync => {
  try {
    const connection = connect(path);
    connection.exec('DELETE FROM items; DELETE FROM settings');
    return connection;
  } catch (error) {
    if (BatchError.isInstance(error) && error.code === 'BATCH_LOCKED') throw error;
    for (const file of filesOf(path)) rmSync(file, { force: true });
    return connect(path);
  }
};

/** Removes a file of items, unless somebody is at work on it; returns whether nobody was. */
export const removeItemFile = (path: string): boolean => {
  try {
    connect(path, 0).close();
  } catch (error) {
    if (BatchError.isInstance(error) && error.code === 'BATCH_LOCKED') return false;
  }
  for (const file of filesOf(path)) rmSync(file, { force: true });
  return true;
};

/** Whether some process has the file open. */
export const isInUse = (path: string): boolean => {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return false;
  try {
    connect(path, 0).close();
    return false;
  } catch (error) {
    return BatchError.isInstance(error) && error.code === 'BATCH_LOCKED';
  }
};

const prepareStatements = (connection: DatabaseSync, pass: number) => ({
  insert: connection.prepare(`INSERT INTO items (id, hash, pass, position, state) VALUES (?, ?, ${pass}, ?, 'begun')`),
  begin: connection.prepare("UPDATE items SET state = 'begun', output = NULL WHERE id = ?"),
  settle: connection.prepare('UPDATE items SET state = ?, output = ?, cost_usd = cost_usd + ? WHERE id = ?'),
  pay: connection.prepare('UPDATE items SET cost_usd = cost_usd + ? WHERE id = ?'),
  // What was paid for is not forgotten.
  drop: connection.prepare('DELETE FROM items WHERE id = ? AND cost_usd = 0'),
  mark: connection.prepare(
    "INSERT INTO settings (name, value) VALUES ('synced', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  ),
});

/** Opens the items of a run. `restart` forgets what earlier goes did. Throws `BATCH_LOCKED` and `BATCH_JOURNAL_UNUSABLE`. */
export const openItemFile = (given: string, { restart = false } = {}): ItemFile => {
  const path = given === memoryPath ? given : resolve(given);
  const connection = restart ? connectAnew(path) : connect(path);
  const guarded = <Value>(work: () => Value): Value => {
    try {
      return work();
    } catch (error) {
      throw unusable(path, error);
    }
  };
  const put = connection.prepare(
    'INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  const get = connection.prepare('SELECT value FROM settings WHERE name = ?');
  const recall = (name: string): string | undefined => get.get(name)?.value as string | undefined;
  const { pass, run, lastId } = guarded(() => {
    const next = Number(recall('pass') ?? 0) + 1;
    const id = recall('run') ?? randomUUID();
    put.run('pass', String(next));
    put.run('run', id);
    return {
      pass: next,
      run: id,
      lastId: Number(connection.prepare('SELECT max(id) AS id FROM items').get()?.id ?? 0),
    };
  });
  const hasRecords = lastId > 0;
  const statements = prepareStatements(connection, pass);
  const find = connection.prepare(`SELECT id, hash, state, output FROM items WHERE pass = ${pass} AND position = ?`);
  let nextId = lastId + 1;
  let failure: unknown;

  const transact = (entries: readonly Entry[]): void => {
    connection.exec('BEGIN');
    try {
      for (const { write } of entries) write(statements);
      connection.exec('COMMIT');
    } catch (error) {
      if (connection.isTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  };
  const group = createGroupCommit<Entry>({
    commit(entries, durability) {
      if (failure !== undefined) throw failure;
      try {
        if (durability === 'full') connection.exec('PRAGMA synchronous = FULL');
        transact(entries);
      } catch (error) {
        if (isSyncFailed(error)) {
          failure = unusable(path, error);
          throw failure;
        }
        if (entries.length === 1) throw unusable(path, error);
        // What there is no room for together may fit by itself: each of them was paid.
        for (const entry of entries) {
          try {
            transact([entry]);
          } catch (reason) {
            entry.failure = unusable(path, reason);
          }
        }
      } finally {
        if (durability === 'full' && connection.isOpen) connection.exec('PRAGMA synchronous = NORMAL');
      }
    },
  });
  const write = async (work: Write, durability: Durability = 'relaxed'): Promise<void> => {
    const entry: Entry = { write: work };
    await group.write([entry], durability);
    if (entry.failure !== undefined) throw entry.failure;
  };

  return {
    run,
    pass,
    ...createClaims(connection, { pass, hasRecords, guarded }),
    recall: (name) => guarded(() => recall(name)),
    remember: (name, value) => guarded(() => void put.run(name, value)),
    recordOf: (position, hash) =>
      guarded(() => {
        const found = hasRecords ? find.get(position) : undefined;
        if (found === undefined || !Buffer.from(hash).equals(found.hash as Uint8Array)) return undefined;
        const { id, state, output } = found;
        return {
          id: Number(id),
          state: state as ItemState,
          output: output === null ? undefined : JSON.parse(unpack(output)),
        };
      }),
    begin: async (position, hash, record) => {
      const id = record?.id ?? nextId;
      if (record === undefined) nextId += 1;
      const written = write(({ insert, begin }) => {
        if (record === undefined) insert.run(id, hash, position);
        else begin.run(id);
      });
      // With all that begin now, and what has ended by now: somebody waits for it to start.
      process.nextTick(group.flush);
      await written;
      return id;
    },
    settle: ({ id, state, output, costUsd }) =>
      write(({ settle }) => void settle.run(state, pack(output), costUsd, id)),
    pay: (id, costUsd) => write(({ pay }) => void pay.run(costUsd, id)),
    drop: (id) => write(({ drop }) => void drop.run(id)),
    sync: () => write(({ mark }) => void mark.run(String(nextId)), 'full'),
    spentUsd: () =>
      guarded(() => Number(connection.prepare('SELECT coalesce(sum(cost_usd), 0) AS usd FROM items').get()?.usd ?? 0)),
    close() {
      if (!connection.isOpen) return;
      group.flush();
      connection.close();
      failure ??= unusable(path, new Error('it is closed'));
    },
  };
};

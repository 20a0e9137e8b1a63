import type { Invalidation, InvalidationKind, InvalidationListener } from '../../store.ts';
import type { Judge } from './judge.ts';
import type { CacheDatabase } from './layout.ts';

export interface ChangesOptions {
  readonly judge: Judge;
  /** Bound on what the log takes of the file, bytes. */
  readonly maxBytes: number;
  /** Others changed this key. */
  readonly onKey: (key: string) => void;
  /** This process's own invalidations are in the file, under this number there. */
  readonly onSettled: (invalidations: readonly Invalidation[], version: number) => void;
  /** Somebody else wrote to the file. */
  readonly onForeignWrite: () => void;
  readonly onFault: (error: unknown) => void;
}

/** The log of changes in the file, as one process reads and writes it. */
export interface Changes {
  listen(listener: InvalidationListener): void;
  /** Starts at the end of this file's log. */
  attach(database: CacheDatabase): void;
  /** Applies what others have committed since; the listener hears of it from `notify`. */
  read(database: CacheDatabase): void;
  /** Tells the listener, which may call the store: never inside a transaction. */
  notify(): void;
  /** Invalidates here now, and for others with the next transaction. */
  add(invalidations: readonly Invalidation[]): void;
  readonly hasUnsettled: boolean;
  /** Starts a transaction's part of the log, with all that was added and waits. */
  begin(database: CacheDatabase): void;
  /** The version in the file of rows that are written in this transaction. */
  rowVersion(isLogged: boolean): number;
  /** Ends the transaction's part with the keys that others have to hear of. */
  end(database: CacheDatabase, keys: readonly string[]): void;
  /** The transaction is in the file. */
  committed(): void;
  /** What a version in the file is to this process. */
  localVersion(rowVersion: unknown): number;
}

const mostRows = 10_000;
const trimEveryRows = 64;
const mostScopes = 10_000;
const trimEveryScopes = 256;
/** More than these that wait are one invalidation of everything. */
const mostUnsettled = 10_000;
const everything: Invalidation = { kind: 'all', name: '' };
const kinds: readonly string[] = ['key', 'tag', 'namespace', 'glob', 'all'] satisfies readonly InvalidationKind[];

const isKind = (kind: unknown): kind is InvalidationKind => kinds.includes(String(kind));

/** Of a damaged row of the log everything must be feared. */
const parseNames = (kind: string, names: unknown): readonly Invalidation[] => {
  if (kind === 'start') return [];
  try {
    const parsed: unknown = JSON.parse(String(names));
    if (isKind(kind) && Array.isArray(parsed)) return parsed.map((name) => ({ kind, name: String(name) }));
  } catch {
    // As for a kind that is unknown.
  }
  return [everything];
};

export const createChanges = (options: ChangesOptions): Changes => {
  const { judge, maxBytes, onKey, onSettled, onForeignWrite, onFault } = options;
  const writer = Math.floor(Math.random() * 2 ** 48) + 1;
  let listener: InvalidationListener | undefined;
  let isAttached = false;
  let dataVersion: unknown;
  /** The last row of the log that is known, and its like in a transaction under way. */
  let position = 0;
  let draft = 0;
  /** From numbers in the file to those of this process, which never fall. */
  let offset = 0;
  let unsettled = new Map<string, Invalidation>();
  let settling: readonly Invalidation[] = [];
  let settlingAt = 0;
  let notices: (Invalidation | 'missed')[] = [];
  let rowsSinceTrim = 0;
  let bytesSinceTrim = 0;
  let scopesSinceTrim = trimEveryScopes;

  const learnRows = (database: CacheDatabase): void => {
    const known = database.scopes.all().flatMap(({ kind, name, version }) =>
      // What was forgotten covers all that is older.
      kind === 'floor'
        ? [{ invalidation: everything, version: Number(version) + offset }]
        : parseNames(String(kind), name).map((invalidation) => ({ invalidation, version: Number(version) + offset })),
    );
    judge.learnRows(known);
  };

  const attach = (database: CacheDatabase): void => {
    dataVersion = undefined;
    const last = Number(database.lastChange.get()?.seq ?? 0);
    position = last;
    if (!isAttached) {
      isAttached = true;
      learnRows(database);
      judge.advance(last);
      return;
    }
    offset = Math.max(0, Math.floor(judge.version()) + 1 - last);
    learnRows(database);
    judge.advance(last + offset);
    judge.distrust();
    notices.push('missed');
  };

  const addRow = (database: CacheDatabase, kind: string, names: readonly string[]): void => {
    const text = JSON.stringify(names);
    draft += 1;
    database.addChange.run(draft, writer, kind, text);
    rowsSinceTrim += 1;
    bytesSinceTrim += text.length + 32;
  };

  const trim = (database: CacheDatabase): void => {
    if (rowsSinceTrim >= trimEveryRows) {
      const kept = Math.min(mostRows, Math.ceil(maxBytes / (bytesSinceTrim / rowsSinceTrim)));
      database.trimChanges.run(draft - kept);
      rowsSinceTrim = 0;
      bytesSinceTrim = 0;
    }
    if (scopesSinceTrim >= trimEveryScopes) {
      scopesSinceTrim = 0;
      const surplus = database.surplusScopes.get(mostScopes)?.version;
      if (surplus === undefined) return;
      database.trimScopes.run(surplus);
      database.addScope.run('floor', '', surplus);
    }
  };

  return {
    listen: (given) => {
      listener = given;
    },
    attach,
    read: (database) => {
      const seen = database.dataVersion.get()?.data_version;
      if (seen === dataVersion) return;
      dataVersion = seen;
      onForeignWrite();
      const rows = database.changesFrom.all(position);
      if (rows[0]?.seq !== position) {
        // The row last seen has been trimmed, and others after it with it.
        attach(database);
        return;
      }
      for (const row of rows.slice(1)) {
        position = Number(row.seq);
        if (row.writer !== writer) {
          for (const invalidation of parseNames(String(row.kind), row.names)) {
            judge.apply(invalidation, position + offset);
            if (invalidation.kind === 'key') onKey(invalidation.name);
            notices.push(invalidation);
          }
        }
        judge.advance(position + offset);
      }
    },
    notify: () => {
      if (notices.length === 0) return;
      const heard = notices;
      notices = [];
      for (const notice of heard) {
        try {
          if (notice === 'missed') listener?.missed();
          else listener?.apply(notice);
        } catch (error) {
          onFault(error);
        }
      }
    },
    add: (invalidations) => {
      for (const invalidation of invalidations) {
        const { kind, name } = invalidation;
        if (kind === 'all' || unsettled.size >= mostUnsettled) {
          judge.add(everything);
          unsettled = new Map([['all:', everything]]);
        } else {
          judge.add(invalidation);
          unsettled.set(`${kind}:${name}`, invalidation);
        }
      }
    },
    get hasUnsettled() {
      return unsettled.size > 0;
    },
    begin: (database) => {
      draft = position;
      settling = [...unsettled.values()];
      if (settling.length === 0) return;
      const names = new Map<InvalidationKind, string[]>();
      for (const { kind, name } of settling) {
        const listed = names.get(kind);
        if (listed === undefined) names.set(kind, [name]);
        else listed.push(name);
      }
      for (const [kind, list] of names) {
        addRow(database, kind, list);
        if (kind === 'all') database.removeScopes.run();
        for (const name of list) database.addScope.run(kind, JSON.stringify([name]), draft);
      }
      settlingAt = draft;
      scopesSinceTrim += settling.length;
    },
    rowVersion: (isLogged) => (isLogged ? draft + 1 : draft),
    end: (database, keys) => {
      if (keys.length > 0) addRow(database, 'key', keys);
      trim(database);
    },
    committed: () => {
      position = draft;
      judge.advance(position + offset);
      if (settling.length === 0) return;
      judge.settle(settling, settlingAt + offset);
      unsettled.clear();
      onSettled(settling, settlingAt);
      settling = [];
    },
    localVersion: (rowVersion) => Number(rowVersion) + offset,
  };
};

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventBatch } from '../exporter.ts';
import type { EventKind } from '../kind.ts';
import { EventTable } from './event-table.ts';
import { SeriesIds } from './series-ids.ts';
import { SumTable } from './sum-table.ts';

interface KindWriter {
  readonly ids: SeriesIds;
  readonly events: EventTable | undefined;
  readonly sums: readonly SumTable[];
}

/** Writes batches, each transaction all of what it is given: events, and the sums that they belong to. */
export class Writer {
  readonly #database: DatabaseSync;
  readonly #version: StatementSync;
  readonly #kinds: ReadonlyMap<string, EventKind>;
  /** Made with the first event of each kind: a process that ends soon records few of them. */
  readonly #writers = new Map<string, KindWriter>();
  #lastVersion: unknown;

  constructor(database: DatabaseSync, kinds: readonly EventKind[]) {
    this.#database = database;
    this.#version = database.prepare('PRAGMA data_version');
    this.#kinds = new Map(kinds.map((kind) => [kind.name, kind]));
  }

  /** Throws what SQLite says; nothing was written then. */
  write(batches: readonly EventBatch[]): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      this.#forgetIfOthersWrote();
      const touched = new Set<KindWriter>();
      for (const batch of batches) {
        const writer = this.#writerOf(batch.kind.name);
        this.#add(writer, batch);
        touched.add(writer);
      }
      for (const { sums } of touched) for (const table of sums) table.write();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.forget();
      throw error;
    }
  }

  /** Sums and series are read anew with the next write. */
  forget(): void {
    for (const { ids, sums } of this.#writers.values()) {
      ids.forget();
      for (const table of sums) table.forget();
    }
  }

  #writerOf(name: string): KindWriter {
    const known = this.#writers.get(name);
    if (known) return known;
    const kind = this.#kinds.get(name);
    // One that the store was not opened with has no tables.
    if (kind === undefined) throw new Error(`there are no tables for events of the kind "${name}"`);
    const database = this.#database;
    const writer = {
      ids: new SeriesIds(database, kind),
      events: kind.isCounted ? undefined : new EventTable(database, kind),
      sums: [new SumTable(database, kind, 'm5'), new SumTable(database, kind, 'h1')],
    };
    this.#writers.set(name, writer);
    return writer;
  }

  #add({ ids, events, sums }: KindWriter, batch: EventBatch): void {
    const { kind, count, rows, namesOf } = batch;
    const width = rows.length / count;
    for (let row = 0; row < count; row += 1) {
      const at = row * width;
      const series = ids.idOf(rows[at + 1] as number, namesOf);
      events?.add(batch, row, at, series);
      const times = kind.isCounted ? (rows[at + 2] as number) : 1;
      for (const table of sums) table.add(rows, at, series, times);
    }
  }

  /** Within a transaction: nobody writes from here on. */
  #forgetIfOthersWrote(): void {
    const version = Object.values(this.#version.get() ?? {})[0];
    if (version !== this.#lastVersion) this.forget();
    this.#lastVersion = version;
  }
}

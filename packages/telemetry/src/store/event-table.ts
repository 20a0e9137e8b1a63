import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventBatch } from '../exporter.ts';
import type { EventKind } from '../kind.ts';
import { idsPerMs } from './layout.ts';

/** The single events of one kind. Their ids follow their time. */
export class EventTable {
  readonly #insert: StatementSync;
  readonly #last: StatementSync;
  readonly #measures: number;
  readonly #parameters: (number | string | null)[];
  readonly #texts: number;
  #lastId = 0;

  constructor(database: DatabaseSync, kind: EventKind) {
    const columns = ['series', ...kind.measureNames, ...kind.textNames];
    this.#measures = kind.measureNames.length;
    this.#texts = kind.textNames.length;
    this.#parameters = new Array<number | string | null>(columns.length + 1).fill(null);
    this.#insert = database.prepare(
      `INSERT INTO "${kind.name}" (id, ${columns.map((name) => `"${name}"`).join(', ')}) VALUES (?${', ?'.repeat(columns.length)}) ON CONFLICT (id) DO NOTHING`,
    );
    this.#last = database.prepare(`SELECT max(id) AS id FROM "${kind.name}" WHERE id >= ? AND id < ?`);
  }

  /** Writes a row of a batch, which begins at `at`. */
  add({ rows, texts }: Pick<EventBatch, 'rows' | 'texts'>, row: number, at: number, series: number): void {
    const parameters = this.#parameters;
    parameters[1] = series;
    for (let measure = 0; measure < this.#measures; measure += 1) {
      const value = rows[at + 2 + measure] as number;
      parameters[2 + measure] = Number.isNaN(value) ? null : value;
    }
    for (let text = 0; text < this.#texts; text += 1)
      parameters[2 + this.#measures + text] = texts[row * this.#texts + text] ?? null;
    const first = Math.floor(rows[at] as number) * idsPerMs;
    const next = this.#lastId + 1;
    let id = next > first && next < first + idsPerMs ? next : first;
    for (;;) {
      parameters[0] = id;
      if (this.#insert.run(...parameters).changes === 1) break;
      id = this.#freeFrom(id);
    }
    this.#lastId = id;
  }

  /** Another process has events of the same millisecond; where it is full, the next one takes them. */
  #freeFrom(id: number): number {
    const first = id - (id % idsPerMs);
    const last = Number(this.#last.get(first, first + idsPerMs)?.id ?? first);
    return last + 1;
  }
}

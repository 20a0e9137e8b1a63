import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventKind } from '../kind.ts';
import { seriesTable } from './layout.ts';

/** Which combination of names it is: the same in every process and release. */
const combinationOf = (kind: EventKind, names: readonly string[]): string =>
  JSON.stringify(
    Object.fromEntries(
      kind.dimensionNames.flatMap((name, place) => (names[place] ? [[name, names[place]] as const] : [])),
    ),
  );

/** Finds the number that a series has in the store, and adds those that are new. Within a transaction. */
export class SeriesIds {
  readonly #kind: EventKind;
  readonly #find: StatementSync;
  readonly #add: StatementSync;
  readonly #known = new Map<string, number>();
  /** By the collector's number; cleared with every other collector. */
  readonly #bySeries = new Map<number, number>();
  #namesOf: ((series: number) => readonly string[]) | undefined;

  constructor(database: DatabaseSync, kind: EventKind) {
    const table = seriesTable(kind);
    const columns = kind.dimensionNames.map((name) => `, "${name}"`).join('');
    const places = kind.dimensionNames.map(() => ', ?').join('');
    this.#kind = kind;
    this.#find = database.prepare(`SELECT id FROM "${table}" WHERE combination = ?`);
    this.#add = database.prepare(`INSERT INTO "${table}" (combination${columns}) VALUES (?${places}) RETURNING id`);
  }

  idOf(series: number, namesOf: (series: number) => readonly string[]): number {
    if (this.#namesOf !== namesOf) this.#bySeries.clear();
    this.#namesOf = namesOf;
    const known = this.#bySeries.get(series);
    if (known !== undefined) return known;
    const id = this.#idOfNames(namesOf(series));
    this.#bySeries.set(series, id);
    return id;
  }

  /** What was found within a transaction that did not come to its end is not so. */
  forget(): void {
    this.#known.clear();
    this.#bySeries.clear();
  }

  #idOfNames(names: readonly string[]): number {
    const combination = combinationOf(this.#kind, names);
    const known = this.#known.get(combination);
    if (known !== undefined) return known;
    const row = this.#find.get(combination) ?? this.#add.get(combination, ...names.map((name) => name ?? ''));
    const id = Number(row?.id);
    this.#known.set(combination, id);
    return id;
  }
}

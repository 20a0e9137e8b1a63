import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { packBytes, type Unpacked, unpackBytes } from '../collector/histogram-bytes.ts';
import type { EventKind } from '../kind.ts';
import {
  type BucketLength,
  bucketLengths,
  seriesPerBucket,
  spread,
  spreadColumn,
  summed,
  sumsTable,
} from './layout.ts';
import { emptySpread, recordIn } from './sum-spread.ts';

/** What events of one series within one bucket come to. */
interface Sum {
  readonly id: number;
  count: number;
  /** By the figures that are summed; NaN where none had it. */
  readonly totals: Float64Array;
  readonly spreads: readonly Unpacked[];
  isChanged: boolean;
}

/** Sums that are held beyond the transaction that changed them: the current buckets are changed again each second. */
const mostHeld = 4096;

/** The sums of one kind and length of bucket. Others may write to the same at the same time, between transactions. */
export class SumTable {
  readonly #lengthMs: number;
  readonly #find: StatementSync;
  readonly #put: StatementSync;
  readonly #isHighest: readonly boolean[];
  /** Where the figures stand in a row of a batch. */
  readonly #places: readonly number[];
  readonly #spreadPlaces: readonly number[];
  readonly #held = new Map<number, Sum>();
  /** Sums of the bucket that the last row belongs to, by series: most rows belong to it as well. */
  #bucket = -1;
  #ofBucket: Sum[] = [];
  #changed: Sum[] = [];
  /** A row that is written. */
  readonly #parameters: (number | Uint8Array | null)[];

  constructor(database: DatabaseSync, kind: EventKind, length: BucketLength) {
    const table = sumsTable(kind, length);
    const figures = summed(kind);
    const columns = [...figures, ...spread(kind).map(spreadColumn)];
    const offset = kind.isCounted ? 3 : 2;
    const placeOf = (name: string): number => offset + (kind.measureAt[name] as number);
    this.#lengthMs = bucketLengths[length];
    this.#isHighest = figures.map((name) => kind.measures[name]?.keep === 'highest');
    this.#places = figures.map(placeOf);
    this.#spreadPlaces = spread(kind).map(placeOf);
    this.#parameters = new Array<null>(columns.length + 2).fill(null);
    const list = columns.map((name) => `, "${name}"`).join('');
    this.#find = database.prepare(`SELECT count${list} FROM "${table}" WHERE id = ?`);
    this.#put = database.prepare(
      `INSERT OR REPLACE INTO "${table}" (id, count${list}) VALUES (?, ?${', ?'.repeat(columns.length)})`,
    );
  }

  /** Adds the row of a batch that begins at `at`. */
  add(rows: Float64Array, at: number, series: number, count: number): void {
    const sum = this.#sumOf(Math.floor((rows[at] as number) / this.#lengthMs), series);
    sum.count += count;
    if (!sum.isChanged) {
      sum.isChanged = true;
      this.#changed.push(sum);
    }
    const { totals, spreads } = sum;
    for (let index = 0; index < totals.length; index += 1) {
      const value = rows[at + (this.#places[index] as number)] as number;
      if (Number.isNaN(value)) continue;
      const total = totals[index] as number;
      totals[index] = Number.isNaN(total) ? value : this.#isHighest[index] ? Math.max(total, value) : total + value;
    }
    for (let index = 0; index < spreads.length; index += 1) {
      const value = rows[at + (this.#spreadPlaces[index] as number)] as number;
      if (!Number.isNaN(value)) recordIn(spreads[index] as Unpacked, value);
    }
  }

  /** Writes what changed. */
  write(): void {
    const parameters = this.#parameters;
    for (const sum of this.#changed) {
      const { id, count, totals, spreads } = sum;
      parameters[0] = id;
      parameters[1] = count;
      let place = 2;
      for (let index = 0; index < totals.length; index += 1, place += 1) {
        const total = totals[index] as number;
        parameters[place] = Number.isNaN(total) ? null : total;
      }
      for (let index = 0; index < spreads.length; index += 1, place += 1) {
        const spread = spreads[index] as Unpacked;
        parameters[place] = spread.length === 0 ? null : packBytes(spread);
      }
      this.#put.run(...parameters);
      sum.isChanged = false;
    }
    this.#changed = [];
    if (this.#held.size > mostHeld) this.forget();
  }

  /** Others have written since, or what was added did not come to its end. */
  forget(): void {
    this.#held.clear();
    this.#bucket = -1;
    this.#changed = [];
  }

  #sumOf(bucket: number, series: number): Sum {
    if (bucket !== this.#bucket) {
      this.#bucket = bucket;
      this.#ofBucket = [];
    }
    const last = this.#ofBucket[series];
    if (last !== undefined) return last;
    const id = bucket * seriesPerBucket + series;
    const sum = this.#held.get(id) ?? this.#read(id);
    this.#held.set(id, sum);
    this.#ofBucket[series] = sum;
    return sum;
  }

  #read(id: number): Sum {
    // In the order of the columns.
    const [count, ...found] = Object.values(this.#find.get(id) ?? {});
    const totals = new Float64Array(this.#places.length).fill(Number.NaN);
    for (let index = 0; index < totals.length; index += 1) {
      const total = found[index];
      if (typeof total === 'number') totals[index] = total;
    }
    const spreads = this.#spreadPlaces.map((_, index) => {
      const spread = emptySpread();
      const bytes = found[totals.length + index];
      if (bytes instanceof Uint8Array) unpackBytes(spread, bytes);
      return spread;
    });
    return { id, count: Number(count ?? 0), totals, spreads, isChanged: false };
  }
}

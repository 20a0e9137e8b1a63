import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { histogramBytes, mergeBytes } from '../collector/histogram-bytes.ts';
import { LogHistogram } from '../collector/log-histogram.ts';
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

/** What events of one series within one bucket come to. */
interface Sum {
  count: number;
  /** By the figures that are summed; NaN where none had it. */
  readonly totals: Float64Array;
  readonly histograms: readonly LogHistogram[];
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
    const list = columns.map((name) => `, "${name}"`).join('');
    this.#find = database.prepare(`SELECT count${list} FROM "${table}" WHERE id = ?`);
    this.#put = database.prepare(
      `INSERT OR REPLACE INTO "${table}" (id, count${list}) VALUES (?, ?${', ?'.repeat(columns.length)})`,
    );
  }

  /** Adds the row of a batch that begins at `at`. */
  add(rows: Float64Array, at: number, series: number, count: number): void {
    const sum = this.#sumOf(Math.floor((rows[at] as number) / this.#lengthMs) * seriesPerBucket + series);
    sum.count += count;
    sum.isChanged = true;
    const { totals } = sum;
    for (let index = 0; index < totals.length; index += 1) {
      const value = rows[at + (this.#places[index] as number)] as number;
      if (Number.isNaN(value)) continue;
      const total = totals[index] as number;
      totals[index] = Number.isNaN(total) ? value : this.#isHighest[index] ? Math.max(total, value) : total + value;
    }
    for (let index = 0; index < sum.histograms.length; index += 1) {
      const value = rows[at + (this.#spreadPlaces[index] as number)] as number;
      if (!Number.isNaN(value)) (sum.histograms[index] as LogHistogram).record(value);
    }
  }

  /** Writes what changed. */
  write(): void {
    for (const [id, sum] of this.#held) {
      if (!sum.isChanged) continue;
      const totals = Array.from(sum.totals, (total) => (Number.isNaN(total) ? null : total));
      const spreads = sum.histograms.map((histogram) => (histogram.count === 0 ? null : histogramBytes(histogram)));
      this.#put.run(id, sum.count, ...totals, ...spreads);
      sum.isChanged = false;
    }
    if (this.#held.size > mostHeld) this.#held.clear();
  }

  /** Others have written since, or what was added did not come to its end. */
  forget(): void {
    this.#held.clear();
  }

  #sumOf(id: number): Sum {
    const held = this.#held.get(id);
    if (held) return held;
    // In the order of the columns.
    const [count, ...found] = Object.values(this.#find.get(id) ?? {});
    const totals = new Float64Array(this.#places.length).fill(Number.NaN);
    const histograms = this.#spreadPlaces.map(() => new LogHistogram());
    for (let index = 0; index < totals.length; index += 1) {
      const total = found[index];
      if (typeof total === 'number') totals[index] = total;
    }
    histograms.forEach((histogram, index) => {
      const bytes = found[totals.length + index];
      if (bytes instanceof Uint8Array) mergeBytes(histogram, bytes);
    });
    const sum = { count: Number(count ?? 0), totals, histograms, isChanged: false };
    this.#held.set(id, sum);
    return sum;
  }
}

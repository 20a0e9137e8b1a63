import type { EventKind } from '../kind.ts';
import { LogHistogram } from './log-histogram.ts';

/** Events of one kind whose dimensions are all alike, since the process began. */
export class Series {
  /** In the order of the kind's dimensions. */
  readonly names: readonly string[];
  count = 0;
  /** By measure: the sum, or the highest where that is kept. */
  readonly totals: Float64Array;
  /** By measure; undefined for those without. */
  readonly histograms: readonly (LogHistogram | undefined)[];
  /** What rounding to whole numbers has left out so far, so that sums are not wrong by more than one in all. */
  readonly rest: Float64Array;

  constructor(kind: EventKind, names: readonly string[]) {
    const { measureNames, measures } = kind;
    this.names = names;
    this.totals = new Float64Array(measureNames.length);
    this.rest = new Float64Array(measureNames.length);
    // What is the highest within some time can only be told from how all of it is spread; that is not kept beyond this process.
    this.histograms = measureNames.map((name) =>
      ['histogram', 'highest'].includes(measures[name]?.keep ?? 'none') ? new LogHistogram() : undefined,
    );
  }
}

/** Stands for all texts of a dimension beyond those that are told apart. */
export const overflowName = 'other';

/** How many texts and series are told apart. */
export interface CardinalityLimits {
  /** Of each dimension. */
  readonly mostNames: number;
  /** Of each kind. */
  readonly mostSeries: number;
}

/** Finds the series of a combination of names, in constant time, and makes it where it is new. */
export class SeriesTable {
  readonly all: Series[] = [];
  /** Events that were counted under `other`, for want of room. */
  overflowed = 0;
  readonly #kind: EventKind;
  readonly #limits: CardinalityLimits;
  /** By dimension: the number of each text. */
  readonly #numbers: readonly Map<string, number>[];
  /** The last event's names and numbers: most are the next one's as well. */
  readonly #lastNames: string[];
  readonly #lastNumbers: Int32Array;
  #last = -1;
  /** Numbers of the names of all series, one after another. */
  #known = new Int32Array(0);
  /** Open addressing by the hash of the numbers; the place of a series plus 1, and 0 where there is none. */
  #slots = new Int32Array(256);

  constructor(kind: EventKind, limits: CardinalityLimits) {
    this.#kind = kind;
    this.#limits = limits;
    const width = kind.dimensionNames.length;
    this.#numbers = kind.dimensionNames.map(() => new Map());
    this.#lastNames = new Array<string>(width).fill('');
    this.#lastNumbers = new Int32Array(width).fill(-1);
  }

  /** The place in `all` of the series with these names. */
  find(names: readonly string[]): number {
    const lastNames = this.#lastNames;
    const numbers = this.#lastNumbers;
    let isLast = this.#last >= 0;
    let isOver = false;
    for (let dimension = 0; dimension < lastNames.length; dimension += 1) {
      const name = names[dimension] as string;
      if (name === lastNames[dimension] && this.#last >= 0) continue;
      isLast = false;
      const number = this.#numberOf(dimension, name);
      if (number === 0) isOver = true;
      // What was put under `other` is looked for each time, so that each time is counted.
      lastNames[dimension] = number === 0 ? '\0' : name;
      numbers[dimension] = number;
    }
    if (isOver) this.overflowed += 1;
    if (!isLast) this.#last = this.#lookUp(numbers);
    return this.#last;
  }

  /** From 1; 0 for `other`. */
  #numberOf(dimension: number, name: string): number {
    const numbers = this.#numbers[dimension] as Map<string, number>;
    const known = numbers.get(name);
    if (known !== undefined) return known;
    if (numbers.size >= this.#limits.mostNames) return 0;
    numbers.set(name, numbers.size + 1);
    return numbers.size;
  }

  #lookUp(numbers: Int32Array): number {
    const slot = this.#slotOf(numbers);
    const found = this.#slots[slot] as number;
    if (found > 0) return found - 1;
    if (this.all.length < this.#limits.mostSeries) return this.#add(numbers, slot);
    this.overflowed += 1;
    numbers.fill(0);
    // The next event is looked up anew, and counted as well.
    this.#lastNames.fill('\0');
    const overflow = this.#slotOf(numbers);
    return (this.#slots[overflow] as number) > 0 ? (this.#slots[overflow] as number) - 1 : this.#add(numbers, overflow);
  }

  /** Where the series is, or would be. */
  #slotOf(numbers: Int32Array): number {
    let hash = 0;
    for (let dimension = 0; dimension < numbers.length; dimension += 1)
      hash = Math.imul(hash ^ (numbers[dimension] as number), 0x9e37_79b1) ^ (hash >>> 15);
    const mask = this.#slots.length - 1;
    let slot = (hash ^ (hash >>> 16)) & mask;
    while ((this.#slots[slot] as number) > 0 && !this.#isAt((this.#slots[slot] as number) - 1, numbers))
      slot = (slot + 1) & mask;
    return slot;
  }

  #isAt(place: number, numbers: Int32Array): boolean {
    const from = place * numbers.length;
    for (let dimension = 0; dimension < numbers.length; dimension += 1)
      if (this.#known[from + dimension] !== numbers[dimension]) return false;
    return true;
  }

  #add(numbers: Int32Array, slot: number): number {
    const place = this.all.length;
    const names = [...numbers].map((number, dimension) =>
      number === 0 ? overflowName : (nameOf(this.#numbers[dimension] as Map<string, number>, number) ?? overflowName),
    );
    this.all.push(new Series(this.#kind, names));
    const from = place * numbers.length;
    if (from + numbers.length > this.#known.length) {
      const known = new Int32Array(Math.max(64 * numbers.length, this.#known.length * 2));
      known.set(this.#known);
      this.#known = known;
    }
    this.#known.set(numbers, from);
    this.#slots[slot] = place + 1;
    if (this.all.length * 2 > this.#slots.length) this.#rehash(numbers.length);
    return place;
  }

  #rehash(width: number): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let place = 0; place < this.all.length; place += 1)
      this.#slots[this.#slotOf(this.#known.subarray(place * width, (place + 1) * width))] = place + 1;
  }
}

const nameOf = (numbers: Map<string, number>, wanted: number): string | undefined => {
  for (const [name, number] of numbers) if (number === wanted) return name;
  return undefined;
};

import type { EventKind } from '../kind.ts';
import { Series } from './series.ts';

/** Stands for all texts of a dimension beyond those that are told apart. */
export const overflowName = 'other';
/** Longer texts are not told apart, characters: they are held as long as the process runs, and kept as long as sums are. */
const longestName = 256;

/** How many texts and series are told apart. */
export interface CardinalityLimits {
  /** Of each dimension; ten times as many of one that is kept. */
  readonly mostNames: number;
  /** Of each kind. */
  readonly mostSeries: number;
}

/** Beyond `mostSeries`, one for so many of them is told apart without each of the names that others choose. */
const sparePart = 8;
/** Names of a dimension that is kept, for each of another. */
const keptNames = 10;
/** Series that were found last, by a mark of their names: a power of 2. */
const recentSlots = 256;

/** Cheap, and not the same for most combinations of names that come one after another. */
const markOf = (names: readonly string[]): number => {
  let mark = 0;
  for (let dimension = 0; dimension < names.length; dimension += 1) {
    const name = names[dimension] as string;
    const { length } = name;
    mark = (mark * 7 + length) | 0;
    if (length > 0) mark ^= name.charCodeAt(length - 1) << 4;
  }
  return (mark ^ (mark >>> 9)) & (recentSlots - 1);
};

const areSame = (names: readonly string[], others: readonly string[]): boolean => {
  for (let dimension = 0; dimension < names.length; dimension += 1)
    if (names[dimension] !== others[dimension]) return false;
  return true;
};

/** Finds the series of a combination of names, in constant time, and makes it where it is new. */
export class SeriesTable {
  readonly all: Series[] = [];
  /** Events that were counted under `other`, for want of room. */
  overflowed = 0;
  readonly #kind: EventKind;
  readonly #limits: CardinalityLimits;
  /** Places of the dimensions whose names others choose. */
  readonly #wide: readonly number[];
  /** Places of all dimensions but those that are kept. */
  readonly #rest: readonly number[];
  /** By dimension: how many texts are told apart. */
  readonly #mostNames: readonly number[];
  /** By dimension: the number of each text. */
  readonly #numbers: readonly Map<string, number>[];
  readonly #recent = new Array<Series | undefined>(recentSlots).fill(undefined);
  /** Numbers of the names that are looked for. */
  readonly #wanted: Int32Array;
  /** Numbers of the names of all series, one after another. */
  #known = new Int32Array(0);
  /** Open addressing by the hash of the numbers; the place of a series plus 1, and 0 where there is none. */
  #slots = new Int32Array(256);

  constructor(kind: EventKind, limits: CardinalityLimits) {
    this.#kind = kind;
    this.#limits = limits;
    this.#wide = (kind.wide ?? []).map((name) => kind.dimensionAt[name] as number);
    const isKept = kind.dimensionNames.map((name) => kind.kept?.includes(name) ?? false);
    this.#rest = [...isKept.keys()].filter((dimension) => !isKept[dimension]);
    this.#mostNames = isKept.map((kept) => limits.mostNames * (kept ? keptNames : 1));
    this.#numbers = kind.dimensionNames.map(() => new Map());
    this.#wanted = new Int32Array(kind.dimensionNames.length);
  }

  /** The series with these names. */
  find(names: readonly string[]): Series {
    const mark = markOf(names);
    const recent = this.#recent[mark];
    if (recent !== undefined && areSame(recent.names, names)) return recent;
    const numbers = this.#wanted;
    for (let dimension = 0; dimension < numbers.length; dimension += 1)
      numbers[dimension] = this.#numberOf(dimension, names[dimension] as string);
    const found = this.#lookUp(numbers) ?? this.#makeSpare(numbers) ?? this.#lastResort(numbers);
    // What is called `other` by whoever named it is no overflow.
    if (areSame(found.names, names)) this.#recent[mark] = found;
    else this.overflowed += 1;
    return found;
  }

  /** From 1; 0 for `other`. */
  #numberOf(dimension: number, name: string): number {
    if (name.length > longestName) return 0;
    const numbers = this.#numbers[dimension] as Map<string, number>;
    const known = numbers.get(name);
    if (known !== undefined) return known;
    if (numbers.size >= (this.#mostNames[dimension] as number) || name === overflowName) return 0;
    numbers.set(name, numbers.size + 1);
    return numbers.size;
  }

  /** Undefined where it is new and there is no room for it. */
  #lookUp(numbers: Int32Array, most = this.#limits.mostSeries): Series | undefined {
    const slot = this.#slotOf(numbers);
    const found = this.#slots[slot] as number;
    if (found > 0) return this.all[found - 1];
    return this.all.length < most ? this.#add(numbers, slot) : undefined;
  }

  /**
   * What others choose, such as the name of a model, is given up first: it is they who make so many. Each has room of its own, so that who
   * makes up one leaves room for those who are told apart without it.
   */
  #makeSpare(numbers: Int32Array): Series | undefined {
    let most = this.#limits.mostSeries;
    const spare = Math.ceil(most / sparePart);
    for (const dimension of this.#wide) {
      numbers[dimension] = 0;
      most += spare;
      const found = this.#lookUp(numbers, most);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** As many as there are names of what is kept. */
  #lastResort(numbers: Int32Array): Series {
    for (const dimension of this.#rest) numbers[dimension] = 0;
    return this.#lookUp(numbers, Number.POSITIVE_INFINITY) as Series;
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

  #add(numbers: Int32Array, slot: number): Series {
    const place = this.all.length;
    const names = Array.from(numbers, (number, dimension) =>
      number === 0 ? overflowName : (nameOf(this.#numbers[dimension] as Map<string, number>, number) ?? overflowName),
    );
    const series = new Series(this.#kind, names, place);
    this.all.push(series);
    const from = place * numbers.length;
    if (from + numbers.length > this.#known.length) {
      const known = new Int32Array(Math.max(64 * numbers.length, this.#known.length * 2));
      known.set(this.#known);
      this.#known = known;
    }
    this.#known.set(numbers, from);
    this.#slots[slot] = place + 1;
    if (this.all.length * 2 > this.#slots.length) this.#rehash(numbers.length);
    return series;
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

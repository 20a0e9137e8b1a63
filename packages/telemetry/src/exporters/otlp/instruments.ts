import type { Attributes, HistogramPoint, Metric, NumberPoint } from './messages.ts';

/** Attributes with a text that no others have, made once for all that is recorded with them. */
export interface Labelled {
  readonly attributes: Attributes;
  readonly key: string;
}

export const labelled = (attributes: Attributes): Labelled => ({ attributes, key: JSON.stringify(attributes) });

interface Names {
  readonly name: string;
  readonly description: string;
  /** By UCUM. */
  readonly unit: string;
}

/** Sums, or what a figure is now. */
export class NumberInstrument {
  readonly #names: Names;
  readonly #type: 'counter' | 'gauge';
  readonly #points = new Map<string, { readonly attributes: Attributes; value: number }>();

  constructor(type: 'counter' | 'gauge', names: Names) {
    this.#type = type;
    this.#names = names;
  }

  /** Adds to a counter, or sets a gauge. */
  record({ key, attributes }: Labelled, value: number): void {
    const point = this.#points.get(key);
    if (point === undefined) this.#points.set(key, { attributes, value });
    else point.value = this.#type === 'gauge' ? value : point.value + value;
  }

  metric(): Metric {
    const points: NumberPoint[] = [...this.#points.values()];
    return { ...this.#names, type: this.#type, points };
  }

  get isEmpty(): boolean {
    return this.#points.size === 0;
  }
}

interface Distribution extends HistogramPoint {
  count: number;
  sum: number;
  min: number;
  max: number;
  readonly counts: Float64Array;
}

export class HistogramInstrument {
  readonly #names: Names;
  readonly #bounds: readonly number[];
  readonly #points = new Map<string, Distribution>();

  constructor(names: Names, bounds: readonly number[]) {
    this.#names = names;
    this.#bounds = bounds;
  }

  record({ key, attributes }: Labelled, value: number): void {
    let point = this.#points.get(key);
    if (point === undefined) {
      const counts = new Float64Array(this.#bounds.length + 1);
      point = { attributes, count: 0, sum: 0, min: value, max: value, counts };
      this.#points.set(key, point);
    }
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket += 1;
    point.counts[bucket] = (point.counts[bucket] as number) + 1;
    point.count += 1;
    point.sum += value;
    point.min = Math.min(point.min, value);
    point.max = Math.max(point.max, value);
  }

  metric(): Metric {
    return { ...this.#names, type: 'histogram', bounds: this.#bounds, points: [...this.#points.values()] };
  }

  get isEmpty(): boolean {
    return this.#points.size === 0;
  }
}

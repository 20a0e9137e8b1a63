import type { Series } from '../../collector/series.ts';
import { type Labels, labelsOf } from './exposition.ts';
import type { Grouping } from './families.ts';

/** Series that are shown as one. */
export interface Group {
  readonly labels: Labels;
  readonly series: Series[];
}

/** Puts the series of a kind together by what a grouping tells apart, each once: the names of a series never change. */
export class Groups {
  readonly all: Group[] = [];
  readonly #byLabels = new Map<Labels, Group>();
  readonly #grouping: Grouping;
  /** Where the names stand that labels show. */
  readonly #places: readonly (readonly [label: string, place: number])[];
  readonly #conditions: readonly (readonly [place: number, allowed: readonly string[]])[];
  #seen = 0;

  constructor(grouping: Grouping) {
    const { kind, labels, where = {} } = grouping;
    const placeOf = (dimension: string): number => kind.dimensionAt[dimension] as number;
    this.#grouping = grouping;
    this.#places = Object.entries(labels).map(([label, dimension]) => [label, placeOf(dimension)]);
    this.#conditions = Object.entries(where).map(([dimension, allowed]) => [placeOf(dimension), allowed]);
  }

  /** Takes in those that are new. `series`: all there are, in the order in which they came to be. */
  follow(series: readonly Series[]): readonly Group[] {
    for (; this.#seen < series.length; this.#seen += 1) this.#add(series[this.#seen] as Series);
    return this.all;
  }

  #add(series: Series): void {
    const { names } = series;
    if (!this.#conditions.every(([place, allowed]) => allowed.includes(names[place] as string))) return;
    const { spelled } = this.#grouping;
    const labels = labelsOf(
      Object.fromEntries(
        this.#places.map(([label, place]) => {
          const name = names[place] as string;
          return [label, spelled?.[label]?.[name] ?? name];
        }),
      ),
    );
    const group = this.#byLabels.get(labels);
    if (group !== undefined) {
      group.series.push(series);
      return;
    }
    const made = { labels, series: [series] };
    this.#byLabels.set(labels, made);
    this.all.push(made);
  }
}

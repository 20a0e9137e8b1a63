import type { EventKind } from './kind.ts';

/** Events of one kind, in the order in which they were recorded. */
export interface EventBatch {
  readonly kind: EventKind;
  readonly count: number;
  /**
   * `count` rows of `2 + measures` numbers, or `3 + measures` of a kind that is only counted: when (milliseconds since 1970), the
   * series, for counted ones how many, and each figure, `NaN` where it has none.
   */
  readonly rows: Float64Array;
  /** The texts of each row, one row after another: as many of each as the kind has. */
  readonly texts: readonly (string | undefined)[];
  /** Names of a series, in the order of the kind's dimensions. The number of a series holds for one collector. */
  namesOf(series: number): readonly string[];
}

/** Where recorded events go. */
export interface Exporter {
  /** Names it in faults. */
  readonly name: string;
  /**
   * Resolves when the events are safe. They come one batch after another, each when the last has resolved or rejected; a batch that
   * is rejected is lost, and counted. `rows` is the exporter's own from then on.
   */
  export(batch: EventBatch): Promise<void>;
  /** Nothing comes after it. Idempotent. */
  close(): Promise<void>;
}

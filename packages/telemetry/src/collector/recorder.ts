import type { EventBatch } from '../exporter.ts';
import type { EventKind } from '../kind.ts';
import type { Series } from './series.ts';
import type { CardinalityLimits } from './series-table.ts';

/** Takes events of one kind. Recording allocates nothing but what a new series takes. */
export interface Recorder<Dimension extends string = string, Figure extends string = string> {
  readonly kind: EventKind<Dimension, Figure>;
  /** What the next event is told by, at the places of `kind.dimensionAt`. All of them are to be set each time. */
  readonly names: string[];
  /** Its figures, at the places of `kind.measureAt`; `NaN` for those it has none of, as all are after each event. */
  readonly values: Float64Array;
  /**
   * Records the event. `atMs`: when it ended, milliseconds since 1970; 0 for what is only counted and is to be of the time when it is handed
   * on, since to ask for the time takes as long as to count. The texts are in the order of `kind.textNames`.
   */
  push(atMs: number, first?: string, second?: string, third?: string, fourth?: string): void;
}

/** A recorder as its collector sees it. */
export interface OpenRecorder extends Recorder {
  /** Since the process began. */
  readonly series: readonly Series[];
  readonly overflowed: number;
  /** Takes what was recorded since the last time; undefined where there is nothing. */
  take(): EventBatch | undefined;
}

export interface RecorderOptions extends CardinalityLimits {
  /** Events that are held at most until they are taken. */
  readonly rows: number;
  /** So many are held as there may be: they are to be taken at once. */
  readonly onFull: () => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

import type { Collector } from './collector/collector.ts';

/** Ends the listening. Idempotent. */
export type Stop = () => void;

/** Listens to what one package announces on its channels, and records it. */
export interface Source {
  /** Names it in faults. */
  readonly name: string;
  start(collector: Collector): Stop;
}

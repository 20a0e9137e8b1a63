import type { Collector } from './collector/collector.ts';

/** Ends the listening. Idempotent. */
export type Stop = () => void;

/** By the names of channels of `node:diagnostics_channel`, what takes their messages. */
export type Listeners = Readonly<Record<string, (message: never) => void>>;

/** Begins to listen. */
export type Listen = (listeners: Listeners) => Stop;

/** Listens to what one package announces on its channels, and records it. */
export interface Source {
  /** Names it in faults. */
  readonly name: string;
  /** `listen`: how it listens, such as to what was announced before as well. @default to what is announced from now on */
  start(collector: Collector, listen?: Listen): Stop;
}

import type { Machine } from './machine.ts';
import type { Table } from './results.ts';
import type { Round } from './rounds.ts';

export interface ScenarioOptions {
  /** Fewer and shorter rounds: enough to see that it works, not to publish. */
  readonly quick: boolean;
  /** Names of the sides to run; all when empty. */
  readonly sides: readonly string[];
  /** Writes CPU profiles of the processes under test to `bench/.cache/profiles`. Distorts the figures. */
  readonly profile: boolean;
  /** The built `hotpath` command to measure. */
  readonly command: string;
  readonly machine: Machine;
  /** Says what is going on. */
  log(line: string): void;
}

export interface ScenarioOutcome {
  readonly tables: readonly Table[];
  /** Every window, for the noise verdict and for the record. */
  readonly rounds: Readonly<Record<string, readonly Round<unknown>[]>>;
}

export interface Scenario {
  readonly title: string;
  run(options: ScenarioOptions): Promise<ScenarioOutcome>;
}

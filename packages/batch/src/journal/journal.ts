/**
 * How sure a record must be before the call resolves. `relaxed`: it survives the end of the process, and is lost at worst with the
 * power; what it says can be found out again. `full`: it survives the loss of power, with everything written before it.
 */
export type Durability = 'relaxed' | 'full';

/**
 * Where a run is. `running`: it has an owner, or had one that died. `paused`: somebody must approve. `undoing`: it is taken back.
 * `committed`, `kept` (some steps failed, the others stand), `undone` and `failed` (nothing was changed) are its ends.
 */
export type RunState = 'running' | 'paused' | 'undoing' | 'committed' | 'kept' | 'undone' | 'failed';

export interface RunRecord {
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  /** The folder whose files it changes. */
  readonly root: string;
  /** The workflow as JSON, functions by name. */
  readonly definition: string;
  readonly inputs: string;
  readonly createdAtMs: number;
  /** Its own end, whatever was done about it later. */
  readonly endedAtMs?: number | undefined;
  /** When it was taken back, by whoever did so after it had ended. */
  readonly undoneAtMs?: number | undefined;
  /** The file that the workflow was read from, absolute. */
  readonly file?: string | undefined;
  /** What the plan that was applied was made of. */
  readonly planHash?: string | undefined;
  /** Of all outputs and changes in the order of the steps: equal runs have equal ones. */
  readonly resultHash?: string | undefined;
  readonly error?: string | undefined;
  readonly costUsd?: number | undefined;
}

export type AttemptEnd = 'succeeded' | 'skipped' | 'failed';

/** One try of one step. Steps of a fan-out are named `review[3]`, those of a workflow within one `deploy/test`. */
export interface AttemptRecord {
  readonly step: string;
  /** From 1. */
  readonly attempt: number;
  /** Absent while it is under way. */
  readonly end?: AttemptEnd | undefined;
  /** JSON. */
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly startedAtMs: number;
  readonly endedAtMs?: number | undefined;
  readonly costUsd?: number | undefined;
  /** Paths and names that it changed, as steps declare them. */
  readonly touched?: readonly string[] | undefined;
  /** JSON. The list that it was expanded over, or what the workflow in its place was given, where that cannot be found out again. */
  readonly list?: string | undefined;
  /** What it asks, while it waits for a yes. */
  readonly question?: string | undefined;
}

/** Changes that a step is about to make, with all that is needed to take them back. */
export interface EffectRecord {
  /** Counts up within a run, in the order in which changes were made. */
  readonly sequence: number;
  readonly step: string;
  readonly attempt: number;
  /** The workspace that can take it back. */
  readonly workspace: string;
  /** What that workspace has written down, as JSON. */
  readonly intent: string;
  readonly isUndone: boolean;
}

export interface RunHistory {
  readonly run: RunRecord;
  readonly attempts: readonly AttemptRecord[];
  readonly effects: readonly EffectRecord[];
}

export interface RunFilter {
  readonly states?: readonly RunState[] | undefined;
  readonly root?: string | undefined;
  readonly name?: string | undefined;
  /** Those whose ids begin so. */
  readonly idPrefix?: string | undefined;
  /** The newest ones. @default all */
  readonly limit?: number | undefined;
}

export type JournalEntry =
  | { readonly type: 'run'; readonly run: RunRecord }
  /** What is left out stays as it is; but a run that is `running` again has no end, no result and no error. */
  | {
      readonly type: 'run-state';
      readonly run: string;
      readonly state: RunState;
      readonly endedAtMs?: number | undefined;
      readonly undoneAtMs?: number | undefined;
      readonly definition?: string | undefined;
      readonly file?: string | undefined;
      readonly resultHash?: string | undefined;
      readonly error?: string | undefined;
      readonly costUsd?: number | undefined;
    }
  | { readonly type: 'attempt'; readonly run: string; readonly attempt: AttemptRecord }
  | { readonly type: 'effect'; readonly run: string; readonly effect: EffectRecord }
  | { readonly type: 'effect-undone'; readonly run: string; readonly sequence: number };

/**
 * Keeps what a run did, by run, step and attempt: never by position. What was written is read back in full or not at all, in the
 * order of the calls: a record that is there has all those before it.
 */
export interface Journal {
  /** Whether other processes may have it open at the same time. @default false */
  readonly isShared?: boolean | undefined;
  /**
   * Resolves when the entries are as sure as asked; where it rejects, none of them is there. Calls at one time share their way to
   * the disk (group commit), and its failure. Reads find what was written before them, waited for or not. A `run` that is there
   * starts anew; entries of runs that are not there are left out.
   */
  write(entries: readonly JournalEntry[], durability: Durability): Promise<void>;
  load(run: string): RunHistory | undefined;
  has(run: string): boolean;
  /** The newest first. */
  runs(filter?: RunFilter): readonly RunRecord[];
  /** How long a step of a workflow took in the last runs, milliseconds, the newest first. */
  durations(name: string, step: string): readonly number[];
  remove(run: string): void;
  close(): void;
}

import type { Changes } from '../engine/task.ts';

/** What is no longer as a run left it, and is not touched therefore. */
export interface Conflict {
  readonly path: string;
  /** As "was changed since", ends without a full stop. */
  readonly reason: string;
  /** Where what was there before is kept, if it is. */
  readonly keptAt?: string | undefined;
}

export interface PrepareOptions {
  readonly run: string;
  /** Tells apart what the attempts of a run prepare: letters, digits and dashes. */
  readonly name: string;
  /**
   * Sorts by it what steps have changed at the same time, as if they had run one after the other.
   * @default '' it came as it came
   */
  readonly order?: string | undefined;
}

/**
 * State that can be taken back. All calls but `prepare` may be repeated, after a crash at any point of an earlier one, and end in
 * the same state.
 *
 * The engine calls `prepare`, writes the intent to the journal and waits until that is sure, then `apply` and `sync`; then only has the
 * step succeeded. What has no intent in the journal has changed nothing. `undo` makes sure what it does by itself.
 */
export interface Workspace<Change = unknown> {
  /** In the journal, it says whose an intent is. */
  readonly name: string;
  /** Writes down what a change needs beside its place, and makes that sure. Returns JSON that `apply` and `undo` can do their work from. */
  prepare(changes: readonly Change[], options: PrepareOptions): Promise<string>;
  apply(intent: string): Promise<void>;
  /**
   * Takes back what was applied, if it was, wholly or half. What somebody else changed since stays. `standing`: all of the run that has
   * not been undone, this one among it, in the order it was done, as one list for those that are undone one after the other.
   */
  undo(intent: string, standing?: readonly string[]): Promise<readonly Conflict[]>;
  /** What undoing all of these, the last first, would leave; nothing is done. */
  check(intents: readonly string[]): Promise<readonly Conflict[]>;
  /** Makes sure that what was applied survives the loss of power. */
  sync(intents: readonly string[]): Promise<void>;
  /** Drops what was kept for undo. */
  forget(run: string): Promise<void>;
  /**
   * Drops what was prepared for runs of which the journal knows nothing, since it went with the power: they have changed nothing. What
   * was kept for undo stays, whoever's it is.
   */
  tidy?(isKnown: (run: string) => boolean): Promise<void>;
  /**
   * For what keeps its changes to itself until others must see them: what is not in the files yet, as changes that bring it there,
   * one of them its own, by whose intent it knows later that they are there. The engine asks before a step sees or changes files
   * that are meant, and before the end of the run; nothing is applied meanwhile. Rejects where somebody else has changed them.
   */
  flush?(run: string, isMeant?: (path: string) => boolean): Promise<readonly Changes[]>;
  /** Puts back, from what the journal has, what only the memory of an earlier process had. Conflicts: what could not be. */
  restore?(run: string, intents: readonly string[]): Promise<readonly Conflict[]>;
  /** Lets go of what is in memory for a run that goes on no more in this process. */
  release?(run: string): void;
}

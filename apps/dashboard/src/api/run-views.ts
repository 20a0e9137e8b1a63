// What `/api/runs` answers with, as far as it is shown. Times are ISO 8601.

export interface RunView {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly root: string;
  readonly file: string | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly undoneAt: string | null;
  readonly durationMs: number | null;
  readonly costUsd: number | null;
  readonly error: string | null;
}

export interface Waiting {
  readonly step: string;
  readonly question: string;
}

export interface AttemptView {
  readonly step: string;
  readonly attempt: number;
  readonly state: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly costUsd: number | null;
  readonly error: string | null;
  readonly question: string | null;
}

/** As events tell it. */
export interface LiveRunView extends RunView {
  readonly waiting: readonly Waiting[];
}

export interface RunDetailView extends LiveRunView {
  readonly attempts: readonly AttemptView[];
  /** How many changes stand. */
  readonly changes: number;
  /** What it wrote down before it changed anything, in the order in which it did. */
  readonly effects: readonly {
    readonly sequence: number;
    readonly step: string | null;
    readonly attempt: number;
    readonly workspace: string;
    readonly isUndone: boolean;
  }[];
}

export interface RunsView {
  readonly runs: readonly RunView[];
  readonly isComplete: boolean;
}

export interface PlanView {
  readonly concurrency: number;
  readonly steps: readonly {
    readonly id: string;
    readonly kind: string;
    readonly group: number;
    readonly durationMs: number;
    readonly durationFrom: string;
    readonly startsAtMs: number;
    readonly endsAtMs: number;
    readonly isCritical: boolean;
    readonly items: number | null;
    readonly costUsd: number | null;
  }[];
  readonly dependencies: readonly { readonly from: string; readonly to: string; readonly kind: string }[];
  readonly groups: readonly (readonly string[])[];
  readonly makespanMs: number;
  readonly workMs: number;
  readonly costUsd: number;
}

export interface ChangesView {
  readonly state: string;
  readonly paths: readonly { readonly path: string; readonly change: string; readonly steps: readonly string[] }[];
  readonly compensations: readonly { readonly step: string; readonly line: string }[];
  readonly conflicts: readonly { readonly path: string; readonly reason: string }[];
}

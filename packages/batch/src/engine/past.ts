import type { AttemptRecord, RunHistory } from '../journal/journal.ts';

/** What earlier processes of a run have done, by name of the step. */
export interface Past {
  readonly costUsd: number;
  /** What its dearest attempt has cost; `undefined`: none has cost anything. */
  readonly dearestUsd: number | undefined;
  /** What those within a step have cost. */
  costWithin(step: string): number;
  /** Its successful attempt, if it has one. */
  successOf(step: string): AttemptRecord | undefined;
  /** How often it was tried. */
  triesOf(step: string): number;
  /** Whether something within it has succeeded. */
  hasWithin(step: string): boolean;
  /** The list that it was expanded over, or what the workflow in its place was given, where that was written down. */
  listOf(step: string): unknown;
  finished(): Iterable<string>;
}

export const createPast = (history: RunHistory | undefined): Past => {
  const successes = new Map<string, AttemptRecord>();
  const tries = new Map<string, number>();
  const lists = new Map<string, string>();
  const begun = new Set<string>();
  let costUsd = 0;
  let dearestUsd: number | undefined;
  for (const record of history?.attempts ?? []) {
    const { step, attempt, end, list, question } = record;
    costUsd += record.costUsd ?? 0;
    if (record.costUsd !== undefined) dearestUsd = Math.max(dearestUsd ?? 0, record.costUsd);
    if (end === 'succeeded') {
      successes.set(step, record);
      for (const { index } of step.matchAll(/\[\d+\]|\//g)) begun.add(step.slice(0, index));
    }
    if (list !== undefined) lists.set(step, list);
    // To have asked is no try.
    if (question === undefined) tries.set(step, Math.max(attempt, tries.get(step) ?? 0));
  }
  return {
    costUsd,
    dearestUsd,
    costWithin: (step) =>
      (history?.attempts ?? [])
        .filter((attempt) => attempt.step.startsWith(`${step}/`))
        .reduce((sum, attempt) => sum + (attempt.costUsd ?? 0), 0),
    successOf: (step) => successes.get(step),
    triesOf: (step) => tries.get(step) ?? 0,
    hasWithin: (step) => begun.has(step),
    listOf: (step) => {
      const list = lists.get(step);
      return list === undefined ? undefined : JSON.parse(list);
    },
    finished: () => successes.keys(),
  };
};

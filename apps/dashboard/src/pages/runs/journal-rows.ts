import type { AttemptView, RunDetailView } from '../../api/run-views.ts';
import { showDuration, showUsd } from '../../format/figures.ts';

export const recordKinds = ['run', 'step', 'change', 'question', 'failure'] as const;

/** What was written down of a run. */
export interface JournalRow {
  readonly key: string;
  /** Milliseconds; `null` where it has no time of its own: it came after the one before. */
  readonly at: number | null;
  readonly kind: (typeof recordKinds)[number];
  readonly step: string;
  readonly text: string;
}

const timeOf = (iso: string | null): number | null => (iso === null ? null : Date.parse(iso));

const attemptRows = (attempt: AttemptView, effects: RunDetailView['effects']): readonly JournalRow[] => {
  const { step, attempt: number, startedAt, endedAt, state, error, question, durationMs, costUsd } = attempt;
  const key = `${step} ${number}`;
  const again = number > 1 ? `, attempt ${number}` : '';
  const cost = costUsd ? `, ${showUsd(costUsd)}` : '';
  const took = durationMs === null ? '' : ` after ${showDuration(durationMs)}`;
  const isFailed = state === 'failed';
  return [
    { key: `${key} start`, at: timeOf(startedAt), kind: 'step', step, text: `began${again}` },
    ...(question === null
      ? []
      : [{ key: `${key} question`, at: null, kind: 'question', step, text: `asks: ${question}` } as const]),
    ...effects.map(
      ({ sequence, workspace, isUndone }): JournalRow => ({
        key: `effect ${sequence}`,
        at: null,
        kind: 'change',
        step,
        text: `change ${sequence} of ${workspace}${isUndone ? ', taken back since' : ''}`,
      }),
    ),
    ...(endedAt === null
      ? []
      : [
          {
            key: `${key} end`,
            at: timeOf(endedAt),
            kind: isFailed ? 'failure' : 'step',
            step,
            text: `${state}${again}${took}${cost}${error === null ? '' : `: ${error}`}`,
          } as const,
        ]),
  ];
};

/** All that was written down, in the order in which it happened; what has no time stands behind what it belongs to. */
export const journalRows = (run: RunDetailView): readonly JournalRow[] => {
  const effectsOf = new Map<string, RunDetailView['effects'][number][]>();
  for (const effect of run.effects) {
    const key = `${effect.step ?? ''} ${effect.attempt}`;
    effectsOf.set(key, [...(effectsOf.get(key) ?? []), effect]);
  }
  const taken = new Set<string>();
  const groups = run.attempts.flatMap((attempt) => {
    const key = `${attempt.step} ${attempt.attempt}`;
    taken.add(key);
    return attemptRows(attempt, effectsOf.get(key) ?? []);
  });
  const others = [...effectsOf].filter(([key]) => !taken.has(key)).flatMap(([, effects]) => effects);
  const rows: JournalRow[] = [
    { key: 'created', at: timeOf(run.createdAt), kind: 'run', step: '', text: `the run began in ${run.root}` },
    ...groups,
    ...others.map(
      ({ sequence, step, workspace, isUndone }): JournalRow => ({
        key: `effect ${sequence}`,
        at: null,
        kind: 'change',
        step: step ?? '',
        text: `change ${sequence} of ${workspace}${isUndone ? ', taken back since' : ''}`,
      }),
    ),
  ];
  const end = timeOf(run.endedAt);
  if (end !== null)
    rows.push({
      key: 'ended',
      at: end,
      kind: run.error === null ? 'run' : 'failure',
      step: '',
      text: run.error === null ? 'the run ended' : `the run ended: ${run.error}`,
    });
  const undone = timeOf(run.undoneAt);
  if (undone !== null)
    rows.push({ key: 'undone', at: undone, kind: 'run', step: '', text: 'what it changed was taken back' });
  // What has no time goes with the one before it.
  let last = 0;
  const placed = rows.map((row, index) => {
    last = row.at ?? last;
    return { row, at: last, index };
  });
  return placed.sort((a, b) => a.at - b.at || a.index - b.index).map(({ row }) => row);
};

/** Those of a kind (all without one) whose step or text has these letters. */
export const filterRows = (rows: readonly JournalRow[], kind: string, search: string): readonly JournalRow[] => {
  const sought = search.trim().toLowerCase();
  return rows.filter(
    (row) => (kind === '' || row.kind === kind) && `${row.step} ${row.text}`.toLowerCase().includes(sought),
  );
};

import { useMemo } from 'preact/hooks';
import type { AttemptView, LiveRunView } from '../../api/run-views.ts';
import { showCount } from '../../format/figures.ts';
import { Timeline, type TimelineRow } from '../../parts/timeline.tsx';
import { type TreeRow, treeOf } from './tree.ts';

interface StepTreeProps {
  readonly run: LiveRunView;
  readonly attempts: ReadonlyMap<string, AttemptView>;
}

const mostRows = 500;
const tones: Readonly<Record<string, TimelineRow['tone']>> = { failed: 'bad', waiting: 'warn', running: 'accent' };

const aboutOf = ({ attempts, error, others }: TreeRow): string | undefined => {
  const told = [
    others === undefined ? '' : `${showCount(others)} more`,
    attempts > 1 ? `${attempts} attempts` : '',
    error ?? '',
  ].filter((part) => part !== '');
  return told.length === 0 ? undefined : told.join(', ');
};

/** The steps of a run as a tree, and when each was done. */
export const StepTree = ({ run, attempts }: StepTreeProps) => {
  const tree = useMemo(() => treeOf([...attempts.values()]), [attempts]);
  const from = Date.parse(run.createdAt);
  const last = tree.reduce((latest, { to }) => Math.max(latest, to ?? Date.now()), from + 1);
  const to = run.endedAt ? Date.parse(run.endedAt) : last;
  const rows = tree.slice(0, mostRows).map(
    (row): TimelineRow => ({
      key: row.step,
      name: row.name,
      about: aboutOf(row),
      fromMs: row.from - from,
      durationMs: row.to === null ? null : row.to - row.from,
      tone: tones[row.state] ?? 'soft',
      depth: row.depth,
    }),
  );
  return (
    <section class="panel panel-tall">
      {tree.length === 0 ? (
        <p>No step has begun yet.</p>
      ) : (
        <Timeline
          caption="Steps"
          rows={rows}
          totalMs={to - from}
          stateOf={({ key }) => tree.find(({ step }) => step === key)?.state ?? ''}
        />
      )}
      {tree.length > mostRows && <p class="muted">{showCount(tree.length - mostRows)} more steps are not shown.</p>}
    </section>
  );
};

import { request } from '../../api/request.ts';
import type { ChangesView } from '../../api/run-views.ts';
import { useResource } from '../../api/use-resource.ts';
import { showCount } from '../../format/figures.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Banner } from '../../parts/banner.tsx';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { canUndo } from './states.ts';

interface ChangesProps {
  readonly id: string;
  readonly state: string;
  readonly undo: () => Promise<string>;
}

const tones: Readonly<Record<string, Tone>> = { made: 'good', changed: 'accent', removed: 'bad' };

const placeColumns = ['Path', 'Change', 'By'].map((name) => ({ name, cell: () => null }));

const pathsInWords = (count: number): string => `${showCount(count)} ${count === 1 ? 'path' : 'paths'}`;

/** What the run has changed, and the way back. */
export const Changes = ({ id, state, undo }: ChangesProps) => {
  const { value, error, reload } = useResource(`changes ${id} ${state}`, (signal) =>
    request<ChangesView>(`runs/${encodeURIComponent(id)}/changes`, { signal }),
  );
  const isUndone = value?.state === 'undone';
  const { paths = [], compensations = [], conflicts = [] } = value ?? {};
  const isNothing = paths.length + compensations.length === 0;
  return (
    <>
      <Banner error={error} onRetry={reload} />
      <section class="panel panel-tall">
        {value === undefined && <DataTable caption="Files" rows={undefined} keyOf={String} columns={placeColumns} />}
        {value && (
          <>
            <div class="panel-head">
              <h2>{isUndone ? 'What was taken back' : 'What it has changed'}</h2>
              {canUndo(value.state) && (
                <ConfirmButton
                  label="Undo…"
                  title="Undo this run?"
                  verb="Undo"
                  isDisabled={isNothing || conflicts.length > 0}
                  act={undo}
                >
                  <p>
                    {pathsInWords(paths.length)} will be as before the run.
                    {compensations.length > 0 &&
                      ` ${compensations.length === 1 ? 'One command runs' : `${compensations.length} commands run`} to take back what was done elsewhere.`}
                  </p>
                </ConfirmButton>
              )}
            </div>
            {conflicts.length > 0 && (
              <div class="note">
                <p>It cannot be undone: these were changed since.</p>
                <ul>
                  {conflicts.map(({ path, reason }) => (
                    <li key={path}>
                      <code>{path}</code> {reason}
                    </li>
                  ))}
                </ul>
              </div>
            )}
            <DataTable
              caption="Files"
              rows={paths}
              keyOf={({ path }) => path}
              empty={<p>No file was changed.</p>}
              columns={[
                { name: 'Path', cell: ({ path }) => <code>{path}</code> },
                {
                  name: 'Change',
                  width: 104,
                  cell: ({ change }) => <Badge tone={tones[change] ?? 'plain'} text={change} />,
                },
                { name: 'By', isExtra: true, cell: ({ steps }) => steps.join(', ') },
              ]}
            />
            {compensations.length > 0 && (
              <DataTable
                caption="Commands that take back"
                rows={compensations}
                keyOf={({ step, line }) => `${step} ${line}`}
                columns={[
                  { name: 'Step', width: 160, cell: ({ step }) => step },
                  { name: 'Command', cell: ({ line }) => <code>{line}</code> },
                ]}
              />
            )}
          </>
        )}
      </section>
    </>
  );
};

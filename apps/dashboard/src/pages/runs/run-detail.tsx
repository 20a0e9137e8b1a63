import { useState } from 'preact/hooks';
import { request } from '../../api/request.ts';
import { showDuration, showUsd } from '../../format/figures.ts';
import { orUnknown } from '../../format/shares.ts';
import { Badge } from '../../parts/badge.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Moment } from '../../parts/moment.tsx';
import { NotFound } from '../../parts/not-found.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { type Place, placeOf, withParams } from '../../url/place.ts';
import { Approval } from './approval.tsx';
import { Changes } from './changes.tsx';
import { Journal } from './journal.tsx';
import { Plan } from './plan.tsx';
import { stateTone } from './states.ts';
import { StepTree } from './step-tree.tsx';
import { useRunEvents } from './use-run-events.ts';

interface RunDetailProps {
  readonly place: Place;
  readonly id: string;
}

const views = [
  { name: 'steps', title: 'Steps' },
  { name: 'plan', title: 'Plan' },
  { name: 'journal', title: 'Journal' },
  { name: 'changes', title: 'Changes' },
] as const;

const runPath = (id: string, rest: string): string => `runs/${encodeURIComponent(id)}${rest}`;

/** One run: its steps as they go on, what was planned, and what it has changed. */
export const RunDetail = ({ place, id }: RunDetailProps) => {
  const [round, setRound] = useState(0);
  const { run, attempts, status, isMissing } = useRunEvents(id, round);
  const view = views.find(({ name }) => name === place.params.view)?.name ?? 'steps';
  const again = () => setRound((value) => value + 1);
  const undo = async (): Promise<string> => {
    await request(runPath(id, '/undo'), { body: {} });
    again();
    return 'Undone.';
  };
  const approve = async (steps: readonly string[]): Promise<string> => {
    await request(runPath(id, '/approve'), { body: { steps } });
    again();
    return 'It goes on.';
  };
  if (isMissing) return <NotFound place={place} what="run" back="runs" backTitle="All runs" />;
  return (
    <>
      <PageHead title={run ? `Run of ${run.name}` : 'Run'} />
      <p class="back">
        <PlaceLink to={placeOf('runs', place)}>All runs</PlaceLink>
      </p>
      {status === 'waiting' && (
        <p class="note" role="status">
          The run cannot be read now. Trying again. <PlaceLink to={placeOf('runs', place)}>See all runs</PlaceLink>
        </p>
      )}
      <section class="panel" aria-label="About the run">
        <Facts
          isLoading={run === undefined}
          facts={[
            ['State', run && <Badge tone={stateTone(run.state)} text={run.state} />],
            ['Id', <code key="id">{id}</code>],
            ['Began', run && <Moment at={Date.parse(run.createdAt)} />],
            ['Took', orUnknown(run?.durationMs, showDuration)],
            ['Cost', orUnknown(run?.costUsd, showUsd)],
            ['Folder', run?.root, 'wide'],
            ['File', run?.file ?? '–', 'wide'],
          ]}
        />
        {run?.error && <p class="tone-bad">{run.error}</p>}
        {run?.state === 'interrupted' && (
          <p>
            Nobody goes on with it. Go on with: <code>hotpath resume {id}</code>
          </p>
        )}
      </section>
      {run && run.waiting.length > 0 && <Approval waiting={run.waiting} approve={approve} />}
      {run && (
        <>
          <nav class="tabs" aria-label="Of this run">
            {views.map(({ name, title }) => (
              <PlaceLink key={name} to={withParams(place, { view: name })} isCurrent={name === view}>
                {title}
              </PlaceLink>
            ))}
          </nav>
          {view === 'steps' && <StepTree run={run} attempts={attempts} />}
          {view === 'plan' && <Plan id={id} />}
          {view === 'journal' && <Journal run={run} />}
          {view === 'changes' && <Changes id={id} state={run.state} undo={undo} />}
        </>
      )}
    </>
  );
};

import { request, withQuery } from '../../api/request.ts';
import type { RunsView } from '../../api/run-views.ts';
import { useResource } from '../../api/use-resource.ts';
import { showDuration, showUsd } from '../../format/figures.ts';
import { orUnknown } from '../../format/shares.ts';
import { Badge } from '../../parts/badge.tsx';
import { Banner } from '../../parts/banner.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Moment } from '../../parts/moment.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { Select } from '../../parts/select.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { goTo } from '../../url/location.ts';
import { type Place, placeOf, withParams } from '../../url/place.ts';
import { Economy } from './economy.tsx';
import { stateTone } from './states.ts';

interface RunsProps {
  readonly place: Place;
}

const everyMs = 2_000;
const limit = 100;
const states = ['running', 'interrupted', 'paused', 'undoing', 'committed', 'kept', 'undone', 'failed'];

/** Runs of workflows, the newest first. */
export const Runs = ({ place }: RunsProps) => {
  const { state } = place.params;
  const isBatches = place.params.view === 'batches';
  const { value, error, isStale, reload } = useResource(
    isBatches ? null : `runs ${state}`,
    (signal) => request<RunsView>(withQuery('runs', { limit, state }), { signal }),
    everyMs,
  );
  const tabs = (
    <nav class="tabs" aria-label="Of this page">
      <PlaceLink to={withParams(place, { view: undefined })} isCurrent={!isBatches}>
        Runs
      </PlaceLink>
      <PlaceLink to={withParams(place, { view: 'batches', state: undefined })} isCurrent={isBatches}>
        Batches
      </PlaceLink>
    </nav>
  );
  if (isBatches)
    return (
      <>
        <PageHead title="Runs and batches" />
        {tabs}
        <Economy />
      </>
    );
  return (
    <>
      <PageHead title="Runs and batches">
        <Select
          label="State"
          value={state ?? ''}
          options={[{ value: '', title: 'All' }, ...states.map((each) => ({ value: each, title: each }))]}
          onChange={(next) => goTo(withParams(place, { state: next }))}
        />
      </PageHead>
      {tabs}
      <Banner error={error} onRetry={reload} />
      <div class={`panel ${isStale ? 'stale' : ''}`}>
        <DataTable
          caption="Runs"
          isCaptionHidden
          rows={value?.runs}
          places={8}
          isTall
          keyOf={({ id }) => id}
          empty={
            <Empty title={state === undefined ? 'Nothing was run yet' : 'No run is in this state'}>
              Run a workflow: <code>hotpath run FILE</code>. See what it would do first: <code>hotpath plan FILE</code>
            </Empty>
          }
          columns={[
            {
              name: 'Run',
              cell: ({ id, name, file }) => (
                <>
                  <PlaceLink to={placeOf('runs', place, id)}>{name}</PlaceLink>
                  <small class="block clip">{file ?? id}</small>
                </>
              ),
            },
            { name: 'State', width: 112, cell: (run) => <Badge tone={stateTone(run.state)} text={run.state} /> },
            {
              name: 'Began',
              width: 148,
              isExtra: true,
              cell: ({ createdAt }) => <Moment at={Date.parse(createdAt)} />,
            },
            { name: 'Took', isNumber: true, cell: ({ durationMs }) => orUnknown(durationMs, showDuration) },
            { name: 'Cost', isNumber: true, isExtra: true, cell: ({ costUsd }) => orUnknown(costUsd, showUsd) },
            {
              name: 'Error',
              isExtra: true,
              cell: (run) => (
                <small class="clip" title={run.error ?? undefined}>
                  {run.error}
                </small>
              ),
            },
          ]}
        />
        {value?.isComplete === false && (
          <p class="muted">
            The newest {limit} are shown. All are in <code>hotpath history</code>.
          </p>
        )}
      </div>
    </>
  );
};

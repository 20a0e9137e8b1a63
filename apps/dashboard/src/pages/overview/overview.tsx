import type { OverviewView, SessionView } from '../../api/contract.ts';
import { request, withQuery } from '../../api/request.ts';
import { useResource } from '../../api/use-resource.ts';
import { paused } from '../../live/live.ts';
import { Banner } from '../../parts/banner.tsx';
import { Empty } from '../../parts/empty.tsx';
import { NothingKept } from '../../parts/nothing-kept.tsx';
import { Filters } from '../../shell/filters.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { RangePicker } from '../../shell/range-picker.tsx';
import { useStore } from '../../store.ts';
import { goTo } from '../../url/location.ts';
import { filtersOf, type Place, showPlace, withParams } from '../../url/place.ts';
import { rangeOf, refreshOf, zoomTo } from '../../url/range.ts';
import { Breakdown } from './breakdown.tsx';
import { Charts } from './charts.tsx';
import { Now } from './now.tsx';
import { Totals } from './totals.tsx';

interface OverviewProps {
  readonly place: Place;
  readonly session: SessionView;
}

export const Overview = ({ place, session }: OverviewProps) => {
  const isPaused = useStore(paused);
  const range = rangeOf(place.params, Date.now());
  const { value, error, isStale, reload } = useResource(
    session.hasStore ? showPlace(place) : null,
    (signal) => {
      const { from, to } = rangeOf(place.params, Date.now());
      return request<OverviewView>(withQuery('dashboard/v1/overview', { from, to, ...filtersOf(place) }), { signal });
    },
    isPaused ? undefined : refreshOf(range),
  );
  const isEmpty = value !== undefined && value.totals.requests === 0;
  return (
    <>
      <PageHead title="Overview">
        {session.hasStore && (
          <>
            <RangePicker place={place} />
            <Filters place={place} />
          </>
        )}
      </PageHead>
      {session.isSimulated && (
        <p class="note">
          Nothing but the built-in simulator answers. Give the gateway a provider: <code>hotpath init</code>
        </p>
      )}
      <Banner error={error} onRetry={reload} />
      <Now />
      {!session.hasStore ? (
        <NothingKept />
      ) : isEmpty ? (
        <Empty title="No requests in this time">
          Choose a longer time, or send one: <code>hotpath ask "Hello"</code>
        </Empty>
      ) : (
        <div class={`stack ${isStale ? 'stale' : ''}`} aria-busy={isStale || value === undefined}>
          <Totals totals={value?.totals} before={value?.before} lengthMs={value ? value.to - value.from : 1} />
          <Charts
            series={value?.series}
            stepMs={value?.stepMs ?? 1}
            onZoom={(from, to) => goTo(withParams(place, zoomTo(from, to)))}
          />
          <Breakdown view={value} place={place} />
        </div>
      )}
    </>
  );
};

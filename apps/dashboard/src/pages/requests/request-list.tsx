import { useState } from 'preact/hooks';
import type { RequestsView, RequestView, SessionView } from '../../api/contract.ts';
import { request, withQuery } from '../../api/request.ts';
import { useResource } from '../../api/use-resource.ts';
import { useLive } from '../../live/live.ts';
import { LiveSwitch } from '../../live/live-switch.tsx';
import { Banner } from '../../parts/banner.tsx';
import { Empty } from '../../parts/empty.tsx';
import { NothingKept } from '../../parts/nothing-kept.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { type Place, showPlace, withParams } from '../../url/place.ts';
import { rangeOf } from '../../url/range.ts';
import { RequestTable } from './request-table.tsx';
import { isMeant, requestFilters, withLive } from './tail.ts';

interface RequestListProps {
  readonly place: Place;
  readonly session: SessionView;
}

const limit = 50;

/** The newest requests as they end, or those of another time. */
export const RequestList = ({ place, session }: RequestListProps) => {
  const { params } = place;
  const recent = useLive();
  const isNewest = params.before === undefined && rangeOf(params, 0).name !== null;
  const { value, error, isStale, reload } = useResource(session.hasStore ? showPlace(place) : null, (signal) => {
    const { from, to } = rangeOf(params, Date.now());
    const filters = Object.fromEntries([...requestFilters, 'search', 'before'].map((name) => [name, params[name]]));
    return request<RequestsView>(withQuery('dashboard/v1/requests', { from, to, ...filters, limit }), { signal });
  });
  const listed = value?.requests ?? (session.hasStore ? undefined : []);
  const live = isNewest ? recent.requests.filter((each) => isMeant(each, params)) : [];
  const current = listed && (isStale ? listed : withLive(listed, live, limit));
  // Nobody can press what moves away.
  const [held, setHeld] = useState<readonly RequestView[]>();
  const hold = () => setHeld((before) => before ?? current);
  const release = () => setHeld(undefined);
  const shown = isNewest && !isStale && held ? held : current;
  return (
    <>
      <Banner error={error} onRetry={reload} />
      <section class={`panel ${isStale ? 'stale' : ''}`} aria-label="List of requests">
        <div class="panel-head">
          <h2>{isNewest ? 'As they end' : 'Of this time'}</h2>
          {isNewest && (
            <>
              <span class="muted" aria-hidden="true">
                {held && recent.requests.length > 0 ? 'held while you point at it' : ''}
              </span>
              <LiveSwitch recent={recent} />
            </>
          )}
        </div>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: it only stands still for whoever is about to press something in it. */}
        <div onMouseEnter={hold} onMouseLeave={release} onFocusCapture={hold} onBlurCapture={release}>
          <RequestTable
            place={place}
            requests={shown}
            empty={
              session.hasStore ? (
                <Empty title="No such requests">
                  Choose a longer time or fewer filters, or send one: <code>hotpath ask "Hello"</code>
                </Empty>
              ) : (
                <NothingKept />
              )
            }
          />
        </div>
        <p class="pager">
          {params.before && <PlaceLink to={withParams(place, { before: undefined })}>Newest</PlaceLink>}
          {value?.next && !isStale && <PlaceLink to={withParams(place, { before: value.next })}>Older</PlaceLink>}
        </p>
      </section>
    </>
  );
};

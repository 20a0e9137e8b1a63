import type { LimitView, ProvidersView } from '../../api/contract.ts';
import { showCount } from '../../format/figures.ts';
import { showMany } from '../../format/shares.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { ShareBar } from '../../parts/share-bar.tsx';
import { type Place, placeOf } from '../../url/place.ts';

interface LimitsProps {
  readonly limits: ProvidersView['limits'] | undefined;
  readonly place: Place;
}

const Use = ({ limit }: { readonly limit: LimitView['concurrency'] }) => {
  if (limit === null) return <span class="muted">no limit</span>;
  const { most, used } = limit;
  const share = most === 0 ? 1 : used / most;
  return (
    <span class="budget">
      <ShareBar share={share} tone={share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : 'accent'} />
      <small>
        {showMany(used)} of {showMany(most)}
      </small>
    </span>
  );
};

/** What may be asked at once and within a minute, how much of it is used, and who waits for room. */
export const Limits = ({ limits, place }: LimitsProps) => (
  <div class="panel">
    <DataTable
      caption="Limits"
      rows={limits}
      places={2}
      isTall
      keyOf={({ of, id }) => `${of} ${id}`}
      empty={
        <Empty title="Nothing is limited">
          Where a provider allows you only so much, requests can wait here rather than fail there: set{' '}
          <code>limits</code> in the configuration.
        </Empty>
      }
      columns={[
        {
          name: 'Of',
          cell: ({ of, id, name }) => (
            <>
              {of === 'key' ? <PlaceLink to={placeOf('keys', place, id)}>{name ?? id}</PlaceLink> : id}{' '}
              <small>{of}</small>
            </>
          ),
        },
        {
          name: 'Waiting',
          isNumber: true,
          width: 80,
          about: 'Requests that wait for room.',
          cell: ({ waiting }) => showCount(waiting),
        },
        { name: 'At once', width: 160, cell: ({ concurrency }) => <Use limit={concurrency} /> },
        {
          name: 'Requests a minute',
          width: 160,
          cell: ({ requestsPerMinute }) => <Use limit={requestsPerMinute} />,
        },
        { name: 'Tokens a minute', width: 160, cell: ({ tokensPerMinute }) => <Use limit={tokensPerMinute} /> },
      ]}
    />
  </div>
);

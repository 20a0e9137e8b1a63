import type { KeysView, SessionView } from '../api/contract.ts';
import { request } from '../api/request.ts';
import { useResource } from '../api/use-resource.ts';
import { showCount, showUsd } from '../format/figures.ts';
import { showShare } from '../format/shares.ts';
import { Badge } from '../parts/badge.tsx';
import { Banner } from '../parts/banner.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { Moment } from '../parts/moment.tsx';
import { PlaceLink } from '../parts/place-link.tsx';
import { ShareBar } from '../parts/share-bar.tsx';
import { PageHead } from '../shell/page-head.tsx';
import { type Place, placeOf, withParams } from '../url/place.ts';

interface KeysProps {
  readonly place: Place;
  readonly session: SessionView;
}

type Key = KeysView['keys'][number];

const everyMs = 10_000;

const Budget = ({ spentUsd, budgetUsd, period }: Key) => {
  if (budgetUsd === null) return <span class="muted">no budget</span>;
  const share = budgetUsd === 0 ? 1 : spentUsd / budgetUsd;
  return (
    <span class="budget">
      <ShareBar share={share} tone={share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : 'accent'} />
      <small>
        {showShare(share)} of {showUsd(budgetUsd)}
        {period && ` a ${period}`}
      </small>
    </span>
  );
};

const State = ({ isActive, spentUsd, budgetUsd }: Key) => {
  if (!isActive) return <Badge tone="plain" text="off" />;
  return budgetUsd !== null && spentUsd >= budgetUsd ? (
    <Badge tone="bad" text="budget spent" />
  ) : (
    <Badge tone="good" text="active" />
  );
};

/** Who may ask, and what each has spent of what it may. */
export const Keys = ({ place, session }: KeysProps) => {
  const { value, error, reload } = useResource(
    session.hasKeys ? 'keys' : null,
    (signal) => request<KeysView>('dashboard/v1/keys', { signal }),
    everyMs,
  );
  const empty = (
    <Empty title="There are no keys">
      Give a team or a program one of its own, with a budget: <code>hotpath keys create NAME</code>
    </Empty>
  );
  return (
    <>
      <PageHead title="Keys and budgets" />
      <Banner error={error} onRetry={reload} />
      <div class="panel">
        <DataTable
          caption="Keys"
          isCaptionHidden
          isTall
          rows={session.hasKeys ? value?.keys : []}
          keyOf={({ id }) => id}
          empty={empty}
          columns={[
            {
              name: 'Name',
              cell: ({ id, name }) => (
                <PlaceLink to={withParams(placeOf('overview', place), { key: id })}>{name}</PlaceLink>
              ),
            },
            {
              name: 'State',
              width: 112,
              cell: (key) => <State {...key} />,
            },
            { name: 'Budget', width: 200, cell: (key) => <Budget {...key} /> },
            { name: 'Spent', isNumber: true, cell: ({ spentUsd }) => showUsd(spentUsd) },
            { name: 'Requests', isNumber: true, isExtra: true, cell: ({ requests }) => showCount(requests) },
            { name: 'Last used', width: 148, isExtra: true, cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} /> },
          ]}
        />
      </div>
      <p class="muted">
        Keys are made, changed and switched off with <code>hotpath keys</code>.
      </p>
    </>
  );
};

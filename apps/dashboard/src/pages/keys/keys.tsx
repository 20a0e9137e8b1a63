import type { KeysView, SessionView } from '../../api/contract.ts';
import { request } from '../../api/request.ts';
import { useResource } from '../../api/use-resource.ts';
import { showCount, showUsd } from '../../format/figures.ts';
import { Banner } from '../../parts/banner.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Moment } from '../../parts/moment.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { goTo } from '../../url/location.ts';
import { type Place, placeOf } from '../../url/place.ts';
import { BudgetBar } from './budget-bar.tsx';
import { KeyState } from './key-state.tsx';

interface KeysProps {
  readonly place: Place;
  readonly session: SessionView;
}

const everyMs = 10_000;

/** Who may ask, and what each has spent of what it may. */
export const Keys = ({ place, session }: KeysProps) => {
  const { value, error, reload } = useResource(
    session.hasKeys ? 'keys' : null,
    (signal) => request<KeysView>('dashboard/v1/keys', { signal }),
    everyMs,
  );
  const empty = (
    <Empty title="There are no keys">
      Give a team or a program one of its own, with a budget: here, or with <code>hotpath keys create NAME</code>
    </Empty>
  );
  return (
    <>
      <PageHead title="Keys and budgets">
        {session.hasKeys && value?.mayChange !== false && (
          <button
            type="button"
            class="button button-main"
            disabled={value === undefined}
            onClick={() => goTo(placeOf('keys', place, 'new'))}
          >
            New key
          </button>
        )}
      </PageHead>
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
              cell: ({ id, name }) => <PlaceLink to={placeOf('keys', place, id)}>{name}</PlaceLink>,
            },
            {
              name: 'State',
              width: 112,
              cell: (key) => <KeyState {...key} />,
            },
            { name: 'Budget', width: 200, cell: (key) => <BudgetBar {...key} /> },
            { name: 'Spent', isNumber: true, cell: ({ spentUsd }) => showUsd(spentUsd) },
            { name: 'Requests', isNumber: true, isExtra: true, cell: ({ requests }) => showCount(requests) },
            { name: 'Last used', width: 148, isExtra: true, cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} /> },
          ]}
        />
      </div>
      {value?.mayChange === false && (
        <p class="muted">
          Keys are changed on the machine of the gateway alone, by this page or with <code>hotpath keys</code>.
        </p>
      )}
    </>
  );
};

import { useState } from 'preact/hooks';
import type { ChangedKeyView } from '../../api/contract.ts';
import { request } from '../../api/request.ts';
import { useResource } from '../../api/use-resource.ts';
import { showCount } from '../../format/figures.ts';
import { Banner } from '../../parts/banner.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Moment } from '../../parts/moment.tsx';
import { NotFound } from '../../parts/not-found.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { goTo } from '../../url/location.ts';
import { type Place, placeOf, withParams } from '../../url/place.ts';
import { BudgetBar } from './budget-bar.tsx';
import { KeyActions } from './key-actions.tsx';
import { KeyForm } from './key-form.tsx';
import { KeyState } from './key-state.tsx';
import { Secret } from './secret.tsx';

interface KeyDetailProps {
  readonly place: Place;
  readonly id: string;
}

/** One key: what it may do, what it has spent, and what can be done to it. */
export const KeyDetail = ({ place, id }: KeyDetailProps) => {
  const path = `dashboard/v1/keys/${encodeURIComponent(id)}`;
  const { value, error, reload } = useResource(id, (signal) => request<ChangedKeyView>(path, { signal }));
  const [changed, setChanged] = useState<ChangedKeyView>();
  const { key, mayChange } = changed ?? value ?? {};
  // A secret is told once: what is changed afterwards must not take it off the page.
  const take = (next: ChangedKeyView) =>
    setChanged((before) => (next.secret === undefined && before?.secret ? { ...next, secret: before.secret } : next));
  const save = async (changes: Readonly<Record<string, unknown>>): Promise<string> => {
    take(await request<ChangedKeyView>(path, { method: 'PATCH', body: changes }));
    return 'Saved.';
  };
  if (error?.status === 404) return <NotFound place={place} what="key" back="keys" backTitle="All keys" />;
  return (
    <>
      <PageHead title={key ? `Key ${key.name}` : 'Key'} />
      <p class="back">
        <PlaceLink to={placeOf('keys', place)}>All keys</PlaceLink>
      </p>
      <Banner error={error} onRetry={reload} />
      {key && changed?.secret && <Secret name={key.name} secret={changed.secret} />}
      <section class="panel" aria-label="About the key">
        <Facts
          isLoading={key === undefined && error === undefined}
          facts={[
            ['State', key && <KeyState {...key} />],
            ['Id', <code key="id">{id}</code>],
            ['Secret begins with', <code key="prefix">{key?.prefix ?? '–'}</code>],
            [
              'Requests, 30 days',
              key && (
                <PlaceLink to={withParams(placeOf('overview', place), { key: id, range: '30d' })}>
                  {showCount(key.requests)}
                </PlaceLink>
              ),
            ],
            ['Last used', <Moment key="used" at={key?.lastUsedAt ?? null} />],
            ['Made', <Moment key="made" at={key?.createdAt ?? null} />],
            ['Ends', key?.expiresAt ? <Moment key="ends" at={key.expiresAt} /> : 'never'],
          ]}
        />
      </section>
      <div class="panel">
        <DataTable
          caption="Budgets"
          rows={key?.budgets ?? (error && [])}
          places={1}
          isTall
          keyOf={({ per }) => per}
          empty={<p>{key ? 'It may spend as much as it likes.' : '–'}</p>}
          columns={[
            {
              name: 'Spent',
              cell: ({ usd, per, spentUsd }) => <BudgetBar spentUsd={spentUsd} budgetUsd={usd} period={per} />,
            },
            { name: 'Begins anew', width: 148, cell: ({ resetsAt }) => <Moment at={resetsAt} /> },
          ]}
        />
      </div>
      {key && mayChange && (
        <section class="panel" aria-labelledby="settings">
          <div class="panel-head">
            <h2 id="settings">Settings</h2>
          </div>
          <KeyForm value={key} verb="Save" save={save} />
          <KeyActions value={key} onChanged={take} onDeleted={() => goTo(placeOf('keys', place))} />
        </section>
      )}
      {key && !mayChange && (
        <p class="muted">
          Keys are changed on the machine of the gateway alone, by this page or with <code>hotpath keys</code>.
        </p>
      )}
    </>
  );
};

import type { OverviewView, TotalsView } from '../../api/contract.ts';
import { showCount, showDuration, showUsd } from '../../format/figures.ts';
import { failedShare, orUnknown, showShare } from '../../format/shares.ts';
import { savedKinds, savedOf } from '../../format/sums.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { ShareBar } from '../../parts/share-bar.tsx';
import { type Place, placeOf, withParams } from '../../url/place.ts';
import { TokenCosts } from './token-costs.tsx';

interface BreakdownProps {
  readonly view: OverviewView | undefined;
  readonly place: Place;
}

const most = 8;

const figures: readonly Column<TotalsView>[] = [
  { name: 'Requests', isNumber: true, cell: ({ requests }) => showCount(requests) },
  { name: 'p50', isNumber: true, cell: ({ durationMs }) => orUnknown(durationMs.p50, showDuration), isExtra: true },
  { name: 'p95', isNumber: true, cell: ({ durationMs }) => orUnknown(durationMs.p95, showDuration), isExtra: true },
  {
    name: 'Failed',
    isNumber: true,
    isExtra: true,
    cell: (each) => orUnknown(failedShare(each), showShare),
  },
  { name: 'Hit rate', isNumber: true, cell: ({ hitRate }) => orUnknown(hitRate, showShare), isExtra: true },
  { name: 'Cost', isNumber: true, cell: ({ costUsd }) => showUsd(costUsd) },
  { name: 'Saved', isNumber: true, cell: ({ savedUsd }) => showUsd(savedOf(savedUsd)) },
];

const shareOf = (value: number, values: readonly number[]): number =>
  value /
  Math.max(
    values.reduce((sum, each) => sum + each, 0),
    Number.MIN_VALUE,
  );

/** Who made the figures: models, keys, agents, commands, kinds of savings, tiers and errors. */
export const Breakdown = ({ view, place }: BreakdownProps) => {
  const to = (changes: Readonly<Record<string, string>>) => withParams(place, changes);
  const saved = view && savedKinds(view.totals.savedUsd);
  return (
    <>
      <div class="grid grid-halves">
        <TokenCosts view={view} />
        <div class="panel">
          <DataTable
            caption="Saved by"
            rows={saved}
            places={4}
            keyOf={({ name }) => name}
            columns={[
              { name: 'Kind', cell: ({ name }) => name },
              {
                name: 'Share',
                width: 72,
                cell: ({ usd }) => <ShareBar share={shareOf(usd, saved?.map((each) => each.usd) ?? [])} />,
              },
              { name: 'Saved', isNumber: true, width: 80, cell: ({ usd }) => showUsd(usd) },
            ]}
          />
        </div>
        <div class="panel">
          <DataTable
            caption="Cache lookups by tier"
            rows={view?.tiers}
            places={4}
            keyOf={({ tier, outcome }) => `${tier} ${outcome}`}
            empty={<p>{view?.tiersLeftOut ?? 'No cache was asked in this time.'}</p>}
            columns={[
              { name: 'Tier', cell: ({ tier, outcome }) => (tier === '' ? outcome : `${tier}, ${outcome}`) },
              {
                name: 'Share',
                width: 72,
                cell: ({ count }) => <ShareBar share={shareOf(count, view?.tiers.map((each) => each.count) ?? [])} />,
              },
              { name: 'Lookups', isNumber: true, width: 80, cell: ({ count }) => showCount(count) },
            ]}
          />
        </div>
        <div class="panel">
          <DataTable
            caption="Errors"
            rows={view?.errors.slice(0, most)}
            places={4}
            keyOf={({ code }) => code}
            empty={<p>Nothing failed in this time.</p>}
            columns={[
              {
                name: 'Code',
                cell: ({ code }) => (
                  <PlaceLink to={withParams(placeOf('requests', place), { code, outcome: 'failed' })}>
                    <code>{code}</code>
                  </PlaceLink>
                ),
              },
              { name: 'Requests', isNumber: true, cell: ({ count }) => showCount(count) },
            ]}
          />
        </div>
      </div>
      <div class="panel">
        <DataTable
          caption="Models"
          rows={view?.models.slice(0, most)}
          keyOf={({ provider, model }) => `${provider} ${model}`}
          columns={[
            {
              name: 'Model',
              cell: ({ provider, model }) => (
                <PlaceLink to={to({ model, provider })}>
                  {model} <small>{provider}</small>
                </PlaceLink>
              ),
            },
            ...figures,
          ]}
        />
      </div>
      <div class="panel">
        <DataTable
          caption="Keys"
          rows={view?.keys.slice(0, most)}
          keyOf={({ key }) => key}
          columns={[
            {
              name: 'Key',
              cell: ({ key, name }) =>
                key === '' ? 'without a key' : <PlaceLink to={to({ key })}>{name ?? key}</PlaceLink>,
            },
            ...figures,
          ]}
        />
      </div>
      <div class="panel">
        <DataTable
          caption="Agents"
          rows={view?.agents.slice(0, most)}
          places={2}
          keyOf={({ agent }) => agent}
          columns={[
            {
              name: 'Agent',
              cell: ({ agent }) => (agent === '' ? 'not told' : <PlaceLink to={to({ agent })}>{agent}</PlaceLink>),
            },
            ...figures,
          ]}
        />
      </div>
      <div class="panel">
        <DataTable
          caption="Commands"
          rows={view?.commands.slice(0, most)}
          places={2}
          keyOf={({ command }) => command}
          columns={[
            { name: 'Command', cell: ({ command }) => <PlaceLink to={to({ command })}>{command}</PlaceLink> },
            ...figures,
          ]}
        />
      </div>
    </>
  );
};

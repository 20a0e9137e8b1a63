import { useState } from 'preact/hooks';
import type { CacheView } from '../api/contract.ts';
import { request } from '../api/request.ts';
import { useResource } from '../api/use-resource.ts';
import { showBytes, showCount, showUsd } from '../format/figures.ts';
import { orUnknown, showShare } from '../format/shares.ts';
import { Banner } from '../parts/banner.tsx';
import { ConfirmButton } from '../parts/confirm-button.tsx';
import { DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/empty.tsx';
import { Select } from '../parts/select.tsx';
import { ShareBar } from '../parts/share-bar.tsx';
import { PageHead } from '../shell/page-head.tsx';

const everyMs = 10_000;

const rateOf = ({ hits, misses }: { readonly hits: number; readonly misses: number }): number | null =>
  hits + misses === 0 ? null : hits / (hits + misses);

/** What the cache holds, what of it earns its place, and a way to empty it. */
export const Cache = () => {
  const [model, setModel] = useState('');
  const { value, error, reload } = useResource(
    'cache',
    (signal) => request<CacheView>('dashboard/v1/cache', { signal }),
    everyMs,
  );
  const invalidate = async (): Promise<string> => {
    const body = model === '' ? { all: true } : { model };
    const { removed } = await request<{ readonly removed: number | null }>('dashboard/v1/cache/invalidate', { body });
    reload();
    return removed === null ? 'Removed.' : `${showCount(removed)} ${removed === 1 ? 'entry' : 'entries'} removed.`;
  };
  const what = model === '' ? 'all entries' : `what ${model} answered`;
  const highest = Math.max(...(value?.models.map(({ savedUsd }) => savedUsd) ?? []), Number.MIN_VALUE);
  return (
    <>
      <PageHead title="Cache" />
      <Banner error={error} onRetry={reload} />
      {value?.isEnabled === false ? (
        <Empty title="The cache is switched off">
          Equal questions are paid for each time. Switch it on: <code>hotpath config set cache.enabled true</code>
        </Empty>
      ) : (
        <>
          <div class="panel">
            <DataTable
              caption="Tiers"
              rows={value?.tiers}
              places={3}
              keyOf={({ tier }) => tier}
              empty={<p>No tier has been asked yet.</p>}
              columns={[
                { name: 'Tier', cell: ({ tier }) => tier },
                { name: 'Entries', isNumber: true, cell: ({ entries }) => orUnknown(entries, showCount) },
                { name: 'Size', isNumber: true, cell: ({ bytes }) => orUnknown(bytes, showBytes) },
                { name: 'Hits', isNumber: true, isExtra: true, cell: ({ hits }) => showCount(hits) },
                { name: 'Misses', isNumber: true, isExtra: true, cell: ({ misses }) => showCount(misses) },
                { name: 'Hit rate', isNumber: true, cell: (tier) => orUnknown(rateOf(tier), showShare) },
                { name: 'Share', isExtra: true, width: 160, cell: (tier) => <ShareBar share={rateOf(tier) ?? 0} /> },
              ]}
            />
          </div>
          <div class="panel">
            <DataTable
              caption="What earned its place in the last day"
              rows={value?.models}
              places={4}
              keyOf={(each) => each.model}
              empty={
                <Empty title="Nothing was saved in the last day">
                  See why with <code>hotpath cache doctor</code>.
                </Empty>
              }
              columns={[
                { name: 'Model', cell: (each) => each.model },
                { name: 'Hits', isNumber: true, cell: ({ hits }) => showCount(hits) },
                { name: 'Saved', isNumber: true, cell: ({ savedUsd }) => showUsd(savedUsd) },
                {
                  name: 'Share',
                  isExtra: true,
                  width: 160,
                  cell: ({ savedUsd }) => <ShareBar share={savedUsd / highest} />,
                },
              ]}
            />
          </div>
          {value && (
            <section class="panel" aria-labelledby="invalidate">
              <div class="panel-head">
                <h2 id="invalidate">Invalidate</h2>
              </div>
              <div class="controls">
                <Select
                  label="Entries"
                  value={model}
                  options={[
                    { value: '', title: 'All' },
                    ...value.models.map((each) => ({ value: each.model, title: `Of ${each.model}` })),
                  ]}
                  onChange={setModel}
                />
                <ConfirmButton label="Invalidate…" title="Invalidate the cache?" verb="Invalidate" act={invalidate}>
                  <p>
                    This removes {what}. The next equal question is asked of a provider, and paid for. It cannot be
                    taken back.
                  </p>
                </ConfirmButton>
              </div>
            </section>
          )}
        </>
      )}
    </>
  );
};

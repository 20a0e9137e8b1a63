import type { EconomyStateView } from '../../api/contract.ts';
import { request } from '../../api/request.ts';
import { useResource } from '../../api/use-resource.ts';
import { showBytes, showCount } from '../../format/figures.ts';
import { orUnknown } from '../../format/shares.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Banner } from '../../parts/banner.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Moment } from '../../parts/moment.tsx';

const everyMs = 5_000;
const tones: Readonly<Record<string, Tone>> = {
  submitted: 'accent',
  submitting: 'warn',
  adopted: 'accent',
  ended: 'good',
  refused: 'bad',
  fault: 'bad',
};

const Id = ({ id }: { readonly id: string | null }) => (id === null ? <>–</> : <code class="clip">{id}</code>);

/** Batches of the economy lane: what waits for them, which of them providers have, and what became of others. */
export const Economy = () => {
  const { value, error, reload } = useResource(
    'economy',
    (signal) => request<EconomyStateView>('dashboard/v1/economy', { signal }),
    everyMs,
  );
  const isQuiet = value && value.collecting.length + value.batches.length + value.history.length === 0;
  if (isQuiet)
    return (
      <div class="panel">
        <Empty title={value.isEnabled ? 'No batch was made yet' : 'The economy lane is switched off'}>
          {value.isEnabled ? (
            <>
              Requests that can wait are asked together for half the price:{' '}
              <code>hotpath ask --deadline 6h "Hello"</code>
            </>
          ) : (
            <>
              Switch it on, and requests that can wait cost half: <code>hotpath config set economy.enabled true</code>
            </>
          )}
        </Empty>
      </div>
    );
  return (
    <>
      <Banner error={error} onRetry={reload} />
      <div class="panel">
        <DataTable
          caption="Being collected"
          rows={value?.collecting}
          places={2}
          keyOf={({ provider }, index) => `${provider} ${index}`}
          empty={<p>Nothing waits to be sent.</p>}
          columns={[
            { name: 'Provider', cell: ({ provider }) => provider },
            { name: 'Requests', isNumber: true, cell: ({ requests }) => showCount(requests) },
            { name: 'Size', isNumber: true, cell: ({ bytes }) => showBytes(bytes) },
            { name: 'Goes out', width: 148, cell: ({ dueAt }) => <Moment at={dueAt} /> },
          ]}
        />
      </div>
      <div class="panel">
        <DataTable
          caption="At providers"
          rows={value?.batches}
          places={3}
          isTall
          keyOf={({ batchId, sentAt }) => `${batchId} ${sentAt}`}
          empty={<p>No provider has a batch of ours.</p>}
          columns={[
            {
              name: 'Batch',
              cell: ({ provider, batchId }) => (
                <>
                  {provider}
                  <small class="block">
                    <Id id={batchId} />
                  </small>
                </>
              ),
            },
            { name: 'State', width: 112, cell: ({ state }) => <Badge tone={tones[state] ?? 'plain'} text={state} /> },
            { name: 'Requests', isNumber: true, cell: ({ requests }) => showCount(requests) },
            { name: 'Sent', width: 148, cell: ({ sentAt }) => <Moment at={sentAt} /> },
            {
              name: 'Looked after by',
              width: 136,
              isExtra: true,
              cell: ({ isOwn }) => (isOwn ? 'this gateway' : 'another process'),
            },
          ]}
        />
      </div>
      <div class="panel">
        <DataTable
          caption="Since the gateway began"
          rows={value?.history}
          places={3}
          keyOf={({ at, type, batchId }) => `${at} ${type} ${batchId}`}
          empty={<p>Nothing has happened yet.</p>}
          columns={[
            { name: 'When', width: 148, cell: ({ at }) => <Moment at={at} /> },
            { name: 'What', width: 104, cell: ({ type }) => <Badge tone={tones[type] ?? 'plain'} text={type} /> },
            { name: 'Provider', width: 120, cell: ({ provider }) => provider ?? '–' },
            { name: 'Requests', isNumber: true, isExtra: true, cell: (each) => orUnknown(each.requests, showCount) },
            {
              name: 'Batch',
              isExtra: true,
              cell: ({ batchId, problem }) => (problem === null ? <Id id={batchId} /> : problem),
            },
          ]}
        />
      </div>
    </>
  );
};

import type { ProvidersView } from '../../api/contract.ts';
import { request } from '../../api/request.ts';
import { useResource } from '../../api/use-resource.ts';
import { showCount, showDuration } from '../../format/figures.ts';
import { orUnknown, showShare } from '../../format/shares.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Banner } from '../../parts/banner.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import { type Place, placeOf, withParams } from '../../url/place.ts';
import { Limits } from './limits.tsx';

interface ProvidersProps {
  readonly place: Place;
}

const everyMs = 5_000;
const breakers: Readonly<Record<string, readonly [tone: Tone, text: string]>> = {
  closed: ['good', 'in use'],
  'half-open': ['warn', 'being tried'],
  open: ['bad', 'left alone'],
};

/** How those fare who answer. */
export const Providers = ({ place }: ProvidersProps) => {
  const { value, error, reload } = useResource(
    'providers',
    (signal) => request<ProvidersView>('dashboard/v1/providers', { signal }),
    everyMs,
  );
  return (
    <>
      <PageHead title="Providers" />
      <Banner error={error} onRetry={reload} />
      <div class="panel">
        <DataTable
          caption="In the last hour"
          rows={value?.providers}
          keyOf={({ provider, model }) => `${provider} ${model}`}
          empty={
            <Empty title="No provider is set up">
              Set one up with <code>hotpath init</code>, or try it with <code>hotpath providers test</code>.
            </Empty>
          }
          columns={[
            {
              name: 'Model',
              cell: ({ provider, model }) => (
                <PlaceLink to={withParams(placeOf('requests', place), { provider, model })}>
                  {model} <small>{provider}</small>
                </PlaceLink>
              ),
            },
            {
              name: 'State',
              width: 104,
              about:
                'Of its circuit breaker: one that is left alone failed too often, and is tried again after a while.',
              cell: ({ breaker }) => {
                const [tone, text] = breakers[breaker] ?? ['plain', breaker];
                return <Badge tone={tone} text={text} />;
              },
            },
            {
              name: 'Under way',
              isNumber: true,
              isExtra: true,
              cell: ({ inFlight }) => orUnknown(inFlight, showCount),
            },
            { name: 'Calls', isNumber: true, width: 80, cell: ({ calls }) => showCount(calls) },
            {
              name: 'Failed',
              isNumber: true,
              width: 72,
              cell: ({ calls, failed }) => orUnknown(calls === 0 ? null : failed / calls, showShare),
            },
            {
              name: 'p50',
              isNumber: true,
              width: 72,
              isExtra: true,
              cell: ({ durationMs: { p50 } }) => orUnknown(p50, showDuration),
            },
            {
              name: 'p95',
              isNumber: true,
              width: 72,
              isExtra: true,
              cell: ({ durationMs: { p95 } }) => orUnknown(p95, showDuration),
            },
            {
              name: 'p99',
              isNumber: true,
              width: 72,
              isExtra: true,
              cell: ({ durationMs: { p99 } }) => orUnknown(p99, showDuration),
            },
            {
              name: 'Errors',
              isExtra: true,
              isWide: true,
              width: 216,
              cell: ({ codes }) =>
                codes.length === 0 ? (
                  'none'
                ) : (
                  <ul class="codes">
                    {codes.map(({ code, count }) => (
                      <li key={code}>
                        <code>{code}</code> {showCount(count)}
                      </li>
                    ))}
                  </ul>
                ),
            },
          ]}
        />
      </div>
      <Limits limits={value?.limits} place={place} />
    </>
  );
};

import type { AnomaliesView, AnomalyView } from '../../api/contract.ts';
import { request } from '../../api/request.ts';
import { useResource } from '../../api/use-resource.ts';
import { showSigned } from '../../format/shares.ts';
import { showWithUnit } from '../../format/units.ts';
import { Badge } from '../../parts/badge.tsx';
import { Banner } from '../../parts/banner.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Moment } from '../../parts/moment.tsx';
import { PlaceLink } from '../../parts/place-link.tsx';
import { type Params, type Place, placeOf, withParams } from '../../url/place.ts';
import { zoomTo } from '../../url/range.ts';

interface AnomaliesProps {
  readonly place: Place;
  readonly hasStore: boolean;
}

const everyMs = 300_000;
const hourMs = 3_600_000;

const names: Readonly<Record<string, string>> = {
  latency: 'Latency, p95',
  cost: 'Cost of an hour',
  errors: 'Failed requests',
  hits: 'Cache hit rate',
};
/** Which requests an anomaly is of. */
const filters: Readonly<Record<string, Params>> = { errors: { outcome: 'failed' }, hits: { cache: 'miss' } };

type Row = AnomalyView & Pick<AnomaliesView['figures'][number], 'figure' | 'unit'>;

const isAlike = ({ figures: [first, ...others] }: AnomaliesView): boolean =>
  first?.missing != null && others.every(({ missing }) => missing === first.missing);

/** Hours of the last week that were not as hours like them are. */
export const Anomalies = ({ place, hasStore }: AnomaliesProps) => {
  const { value, error, reload } = useResource(
    hasStore ? 'anomalies' : null,
    (signal) => request<AnomaliesView>('dashboard/v1/anomalies', { signal }),
    everyMs,
  );
  const rows = value?.figures
    .flatMap(({ figure, unit, anomalies }) => anomalies.map((anomaly): Row => ({ ...anomaly, figure, unit })))
    .sort((a, b) => b.at - a.at);
  const missing = value?.figures.filter((figure) => figure.missing !== null) ?? [];
  const timeOf = ({ at, hours }: Row) => zoomTo(at - (hours - 1) * hourMs, at + hourMs);
  const isUnknown = value !== undefined && missing.length === value.figures.length;
  return (
    <>
      <Banner error={error} onRetry={reload} />
      <div class="panel">
        <DataTable
          caption="Unusual hours of the last week"
          rows={hasStore ? rows : []}
          places={3}
          isTall
          keyOf={({ figure, at }) => `${figure} ${at}`}
          empty={
            hasStore && !isUnknown ? (
              <p>No hour was unlike those before it.</p>
            ) : (
              <Empty title="It is not known yet what is usual">
                {!hasStore ? (
                  <>
                    The gateway keeps no events. Switch <code>telemetry</code> on in its configuration.
                  </>
                ) : (
                  value && isAlike(value) && missing[0]?.missing
                )}
              </Empty>
            )
          }
          columns={[
            {
              name: 'When',
              width: 140,
              cell: (row) => (
                <>
                  <PlaceLink to={withParams(placeOf('overview', place), timeOf(row))}>
                    <Moment at={row.at - (row.hours - 1) * hourMs} />
                  </PlaceLink>
                  <small class="block">{row.hours === 1 ? 'one hour' : `${row.hours} hours`}</small>
                </>
              ),
            },
            {
              name: 'What',
              cell: (row) => {
                const filter = filters[row.figure];
                return (
                  <>
                    {names[row.figure] ?? row.figure}
                    <small class="block">
                      <PlaceLink to={withParams(placeOf('requests', place), { ...timeOf(row), ...filter })}>
                        its requests
                      </PlaceLink>
                    </small>
                  </>
                );
              },
            },
            {
              name: 'Level',
              width: 72,
              about: 'page: unlike any such hour of the day. warn: unlike such hours of the week.',
              cell: ({ severity }) => <Badge tone={severity === 'page' ? 'bad' : 'warn'} text={severity} />,
            },
            { name: 'Was', isNumber: true, width: 80, cell: ({ value: was, unit }) => showWithUnit(was, unit) },
            { name: 'Usual', isNumber: true, width: 80, cell: ({ expected, unit }) => showWithUnit(expected, unit) },
            {
              name: 'Change',
              isNumber: true,
              width: 88,
              cell: ({ value: was, expected }) => (expected === 0 ? 'new' : showSigned(was / expected - 1)),
            },
            {
              name: 'Off by',
              isNumber: true,
              width: 72,
              isExtra: true,
              about: 'In standard deviations of hours like it.',
              cell: ({ deviations }) => `${deviations.toFixed(1)} σ`,
            },
          ]}
        />
        {value && !isAlike(value) && missing.length > 0 && (
          <ul class="muted">
            {missing.map(({ figure, missing: why }) => (
              <li key={figure}>
                {names[figure] ?? figure}: {why}
              </li>
            ))}
          </ul>
        )}
      </div>
    </>
  );
};

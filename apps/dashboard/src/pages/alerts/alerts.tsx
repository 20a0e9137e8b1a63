import type { AlertsView, SessionView } from '../../api/contract.ts';
import { request } from '../../api/request.ts';
import { useResource } from '../../api/use-resource.ts';
import { orUnknown } from '../../format/shares.ts';
import { showWithUnit } from '../../format/units.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Banner } from '../../parts/banner.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Moment } from '../../parts/moment.tsx';
import { PageHead } from '../../shell/page-head.tsx';
import type { Place } from '../../url/place.ts';
import { advice } from './advice.ts';
import { Anomalies } from './anomalies.tsx';
import { firingRules } from './firing.ts';

interface AlertsProps {
  readonly place: Place;
  readonly session: SessionView;
}

type Rule = AlertsView['rules'][number];

const everyMs = 2_000;
const most = 100;
const order = ['firing', 'recovering', 'pending', 'ok'];

const toneOf = (state: string, severity?: Rule['severity']): Tone => {
  if (state === 'firing') return severity === 'warn' ? 'warn' : 'bad';
  return state === 'ok' ? 'good' : 'warn';
};

/** What is watched, what is wrong now, and what was. */
export const Alerts = ({ place, session }: AlertsProps) => {
  const { value, error, reload } = useResource(
    'alerts',
    (signal) => request<AlertsView>('dashboard/v1/alerts', { signal }),
    everyMs,
  );
  const rules = value?.rules.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const firing = firingRules(rules ?? []);
  return (
    <>
      <PageHead title="Alerts and anomalies" />
      <Banner error={error} onRetry={reload} />
      <p class="note" role="status">
        {rules === undefined
          ? '\u00a0'
          : firing === 0
            ? 'Nothing is wrong now.'
            : firing === 1
              ? '1 rule fires now.'
              : `${firing} rules fire now.`}
      </p>
      <div class="panel">
        <DataTable
          caption="Rules"
          places={8}
          isTall
          rows={rules}
          keyOf={({ rule }) => rule}
          empty={
            <Empty title="Nothing is watched">
              Write rules under <code>alerts</code> in the configuration.
            </Empty>
          }
          columns={[
            {
              name: 'Rule',
              cell: ({ rule, name, state, about, evidence }) => (
                <>
                  {rule}
                  <small class="block">{about}</small>
                  {state === 'firing' && advice[name] && <small class="block">{advice[name]}</small>}
                  {evidence !== null && (
                    <small class="block">
                      CPU profile: <code>{evidence}</code>
                    </small>
                  )}
                </>
              ),
            },
            {
              name: 'State',
              width: 112,
              cell: ({ state, severity }) => <Badge tone={toneOf(state, severity)} text={state} />,
            },
            { name: 'Severity', width: 88, isExtra: true, cell: ({ severity }) => severity },
            {
              name: 'Now',
              isNumber: true,
              cell: ({ value: now, unit }) => orUnknown(now, (each) => showWithUnit(each, unit)),
            },
            { name: 'Bound', isNumber: true, cell: ({ threshold, unit }) => showWithUnit(threshold, unit) },
            { name: 'Since', width: 148, isExtra: true, cell: ({ since }) => <Moment at={since} /> },
          ]}
        />
      </div>
      <Anomalies place={place} hasStore={session.hasStore} />
      {value && (
        <div class="panel">
          <DataTable
            caption="What happened"
            rows={value.history.slice(0, most)}
            keyOf={({ at, rule, state }) => `${at} ${rule} ${state}`}
            empty={<p>No rule has changed its state yet.</p>}
            columns={[
              { name: 'When', width: 148, cell: ({ at }) => <Moment at={at} /> },
              { name: 'Rule', cell: ({ rule }) => rule },
              { name: 'State', width: 112, cell: ({ state }) => <Badge tone={toneOf(state)} text={state} /> },
              {
                name: 'Value',
                isNumber: true,
                isExtra: true,
                cell: ({ value: then, unit }) => orUnknown(then, (each) => showWithUnit(each, unit)),
              },
            ]}
          />
        </div>
      )}
    </>
  );
};

import type { AnomalyReport, EventStoreThread } from '@hotpath/runtime/telemetry';
import type { AnomaliesView } from './contract.ts';

type Ask = EventStoreThread['ask'];

const weekHours = 7 * 24;
/** It judges hours that have ended: an answer holds for a while, however many pages ask. */
const heldMs = 60_000;

const view = ({ fromMs, toMs, figures }: AnomalyReport): AnomaliesView => ({
  version: 1,
  from: fromMs,
  to: toMs,
  figures: figures.map(({ figure, unit, days, missing, anomalies }) => {
    const [shown, divisor] = (
      { microseconds: ['milliseconds', 1000], 'micro-dollars': ['dollars', 1e6], share: ['share', 1] } as const
    )[unit];
    return {
      figure,
      unit: shown,
      days,
      missing: missing ?? null,
      anomalies: anomalies
        .map(({ atMs, hours, severity, value, expected, deviations }) => ({
          at: atMs,
          hours,
          severity,
          value: value / divisor,
          expected: expected / divisor,
          deviations,
        }))
        .sort((one, other) => other.at - one.at),
    };
  }),
});

/** What was unusual in the last week. Weeks of hours are read for it, in the thread of the store: it is asked once a minute at most. */
export const createAnomalies = (now: () => number): ((ask: Ask) => Promise<AnomaliesView>) => {
  let held: { readonly at: number; readonly view: Promise<AnomaliesView> } | undefined;
  return (ask) => {
    const at = now();
    if (held === undefined || at - held.at >= heldMs || at < held.at) {
      const asked = ask('anomalies', { nowMs: at, hours: weekHours }).then(view);
      const own = { at, view: asked };
      held = own;
      // What failed is asked again.
      asked.catch(() => {
        if (held === own) held = undefined;
      });
    }
    return held.view;
  };
};

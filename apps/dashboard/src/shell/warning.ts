import type { AlertsView, AnomaliesView } from '../api/contract.ts';
import { firingRules } from '../pages/alerts/firing.ts';

export interface Warning {
  readonly tone: 'bad' | 'warn';
  readonly count: number;
  readonly text: string;
}

/** Of hours that have ended, so many are of now. */
const recentMs = 2 * 3_600_000;

const inWords = (count: number, one: string, many: string): readonly string[] =>
  count === 0 ? [] : [count === 1 ? `1 ${one}` : `${count} ${many}`];

/** What is wrong now; undefined where nothing is. */
export const warningOf = (
  alerts: AlertsView | undefined,
  anomalies: AnomaliesView | undefined,
): Warning | undefined => {
  const firing = alerts?.rules.filter(({ state }) => state === 'firing') ?? [];
  const fired = firingRules(firing);
  const unusual = (anomalies?.figures ?? [])
    .flatMap((figure) => figure.anomalies)
    .filter(({ at }) => at >= (anomalies?.to ?? 0) - recentMs);
  const all = [...firing, ...unusual];
  if (all.length === 0) return undefined;
  return {
    tone: all.some(({ severity }) => severity === 'page') ? 'bad' : 'warn',
    count: fired + unusual.length,
    text: [
      ...inWords(fired, 'rule fires', 'rules fire'),
      ...inWords(unusual.length, 'figure is unusual', 'figures are unusual'),
    ].join(', '),
  };
};

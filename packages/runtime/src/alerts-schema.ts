import { type AlertSettings, checkRules } from '@hotpath/telemetry/alerts';
import * as v from 'valibot';
import type { ResolvedAlerts } from './alerts-config.ts';
import { flag, isRecord, type Schema, section, setting, url } from './schema-kinds.ts';

/** Each thing that is wrong with a rule is a problem of its own, at its place. */
const rules = v.pipe(
  v.custom<Record<string, unknown>>(isRecord),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const { path, expected, fix } of checkRules(dataset.value as AlertSettings).problems) {
      let input: unknown = dataset.value;
      const items = path.map((key) => {
        const holder = input as Record<string, unknown>;
        input = isRecord(holder) ? holder[key] : undefined;
        return { type: 'object', origin: 'value', input: holder, key, value: input } as const;
      });
      addIssue({ input, expected, message: fix, path: items as unknown as [(typeof items)[number]] });
    }
  }),
) as unknown as Schema<AlertSettings>;

const anomalyLevel: Schema<ResolvedAlerts['anomalies']> = setting('true, false, "warn" or "page"', (value) => {
  if (value === true || value === 'true' || value === 'warn') return 'warn';
  if (value === 'page') return 'page';
  return value === false || value === 'false' ? false : undefined;
});

export const alertsSchema: Schema<Partial<ResolvedAlerts>> = section({
  enabled: flag,
  rules,
  webhook: url,
  desktop: flag,
  profiles: flag,
  anomalies: anomalyLevel,
});

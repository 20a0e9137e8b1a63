import type { AlertSettings } from '@hotpath/telemetry/alerts';

/** What a gateway watches of itself, and whom it tells. */
export interface AlertsConfig {
  /** @default true */
  readonly enabled?: boolean | string | undefined;
  /** Rules by their names: changed, switched off with `false`, or new. @default the default rules */
  readonly rules?: AlertSettings | undefined;
  /** Where alerts are posted to as JSON; Slack and Mattermost show them. Write `'${ALERT_WEBHOOK}'` rather than a secret itself. @default nowhere */
  readonly webhook?: string | undefined;
  /** Whether they are shown on the desktop. @default false */
  readonly desktop?: boolean | string | undefined;
  /** Whether a CPU profile of five seconds is kept of those that are about speed. @default true */
  readonly profiles?: boolean | string | undefined;
  /** Whether hours that are unlike hours like them are told of: `warn` and worse, `page` alone, or not at all. @default true, which is `warn` */
  readonly anomalies?: boolean | string | undefined;
}

/** The same with every default filled in. */
export interface ResolvedAlerts {
  readonly enabled: boolean;
  readonly rules: AlertSettings;
  readonly webhook?: string;
  readonly desktop: boolean;
  readonly profiles: boolean;
  /** What is told at least; false for nothing. */
  readonly anomalies: 'page' | 'warn' | false;
}

/** Fills in the defaults. */
export const alertsWithDefaults = (config: Partial<ResolvedAlerts> | undefined): ResolvedAlerts => ({
  enabled: true,
  rules: {},
  desktop: false,
  profiles: true,
  anomalies: 'warn',
  ...config,
});

import { join } from 'node:path';
import type { Collector } from '@hotpath/telemetry';
import type { AlertSink, Alerts, AnomalyWatchOptions } from '@hotpath/telemetry/alerts';
import type { EventStoreThread } from '@hotpath/telemetry/event-store';
import type { ResolvedAlerts } from './alerts-config.ts';
import type { Folders } from './folders.ts';
import { type SinkFaults, tellingSink } from './telling-sink.ts';

export interface OpenAlertsOptions {
  readonly config: ResolvedAlerts;
  /** What is watched. */
  readonly collector: Collector;
  readonly folders: Pick<Folders, 'state'>;
  /** Who is told besides those that the configuration names. */
  readonly sinks: readonly AlertSink[];
  /** Names this process in what is posted. */
  readonly origin: string;
  /** Told of a webhook that fails. @default nobody */
  readonly faults?: SinkFaults | undefined;
  /** Asks the store of events, by which anomalies are found. @default nobody looks for them */
  readonly ask?: EventStoreThread['ask'] | undefined;
}

const dayHours = 24;

/** Of the rule that anomalies are told by, as the store lists its events. */
const askAnomalies = (ask: EventStoreThread['ask'], level: 'page' | 'warn'): AnomalyWatchOptions => ({
  level,
  judge: (nowMs) => ask('anomalies', { nowMs, hours: dayHours }),
  changes: (fromMs, toMs) => ask('events', { kind: 'alert', fromMs, toMs, where: { rule: 'anomaly' } }),
});

/** Watches what a process records, as its configuration says; undefined where that switches it off. */
export const openAlerts = async (options: OpenAlertsOptions): Promise<Alerts | undefined> => {
  const { config, collector, folders, sinks, origin, faults, ask } = options;
  if (!config.enabled) return undefined;
  // Commands that end soon have no use for it.
  const { cpuProfiles, createAlerts, desktopSink, webhookSink } = await import('@hotpath/telemetry/alerts');
  const told = (sink: AlertSink): AlertSink => (faults === undefined ? sink : tellingSink(sink, faults));
  return createAlerts({
    collector,
    rules: config.rules,
    sinks: [
      ...sinks,
      ...(config.webhook === undefined ? [] : [told(webhookSink({ url: config.webhook, origin }))]),
      ...(config.desktop ? [desktopSink()] : []),
    ],
    ...(ask !== undefined && config.anomalies !== false && { anomalies: askAnomalies(ask, config.anomalies) }),
    ...(config.profiles && { evidence: cpuProfiles({ folder: join(folders.state, 'profiles') }) }),
  });
};

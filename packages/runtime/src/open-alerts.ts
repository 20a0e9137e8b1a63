import { join } from 'node:path';
import type { Collector } from '@hotpath/telemetry';
import {
  type AlertSink,
  type Alerts,
  cpuProfiles,
  createAlerts,
  desktopSink,
  webhookSink,
} from '@hotpath/telemetry/alerts';
import type { ResolvedAlerts } from './alerts-config.ts';
import type { Folders } from './folders.ts';

export interface OpenAlertsOptions {
  readonly config: ResolvedAlerts;
  /** What is watched. */
  readonly collector: Collector;
  readonly folders: Pick<Folders, 'state'>;
  /** Who is told besides those that the configuration names. */
  readonly sinks: readonly AlertSink[];
  /** Names this process in what is posted. */
  readonly origin: string;
}

/** Watches what a process records, as its configuration says; undefined where that switches it off. */
export const openAlerts = ({ config, collector, folders, sinks, origin }: OpenAlertsOptions): Alerts | undefined => {
  if (!config.enabled) return undefined;
  return createAlerts({
    collector,
    rules: config.rules,
    sinks: [
      ...sinks,
      ...(config.webhook === undefined ? [] : [webhookSink({ url: config.webhook, origin })]),
      ...(config.desktop ? [desktopSink()] : []),
    ],
    ...(config.profiles && { evidence: cpuProfiles({ folder: join(folders.state, 'profiles') }) }),
  });
};

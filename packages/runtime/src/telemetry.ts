// Apart from the rest: who records nothing reads nothing of it.

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { costOf, listPrices, type PriceTable } from '@hotpath/ai-router';
import {
  batchSource,
  type Collector,
  cacheSource,
  createCollector,
  type Exporter,
  pluginSource,
  processSource,
  routerSource,
  type Source,
  serverSource,
  telemetrySource,
} from '@hotpath/telemetry';
import {
  type EventStoreOptions,
  type EventStoreThread,
  openEventStore,
  openEventStoreThread,
} from '@hotpath/telemetry/event-store';
import { alertsWithDefaults, type ResolvedAlerts } from './alerts-config.ts';
import { findFolders } from './folders.ts';
import { type Announced, listenSince } from './listen-since.ts';
import { loadConfig } from './load-config.ts';
import { type Content, openContent } from './open-content.ts';
import { openOtlp, wantsOtlp } from './open-otlp.ts';
import { type ResolvedTelemetry, telemetryWithDefaults } from './telemetry-config.ts';

export {
  attemptKind,
  type Collector,
  commandKind,
  type EventBatch,
  type Exporter,
  LogHistogram,
  requestKind,
  sampleKind,
} from '@hotpath/telemetry';
export type { AlertSink, AlertStatus, Alerts, AnomalyReport } from '@hotpath/telemetry/alerts';
export type { FoundContent } from '@hotpath/telemetry/content';
export type { EventStoreThread, GroupView, ListedEvent } from '@hotpath/telemetry/event-store';
export { type JudgeCommandOptions, judgeCommand } from './judge-command.ts';
export type { Announced } from './listen-since.ts';
export { type OpenAlertsOptions, openAlerts } from './open-alerts.ts';
export type { Content } from './open-content.ts';
export type { SinkFaults } from './telling-sink.ts';

/** Where something goes: the file of events, a receiver of OpenTelemetry, the file of prompts and answers. */
export type TelemetryPlace = 'events' | 'otlp' | 'content';

export interface OpenTelemetryOptions {
  readonly config: ResolvedTelemetry;
  /** What the process does: `serve`, or the name of the command. */
  readonly command: string;
  /** Asked anew each time, since a configuration may be replaced by one with other prices. @default the list prices */
  readonly prices?: (() => PriceTable) | undefined;
  /**
   * Whether it goes on for long: events are written by a thread of their own, at least once a second, and the process is sampled. Else
   * they are written when it closes. @default false
   */
  readonly isLong?: boolean | undefined;
  /** Where events go besides. @default nowhere */
  readonly exporters?: readonly Exporter[] | undefined;
  /** What was announced before it is opened: it is recorded first. @default nothing */
  readonly earlier?: readonly Announced[] | undefined;
  /** Told once of each why nothing gets there. @default nobody */
  readonly onError?: ((error: unknown, where: TelemetryPlace) => void) | undefined;
}

/** What is recorded in this process. */
export interface Telemetry {
  readonly collector: Collector;
  /** What it listens to. */
  readonly channels: readonly string[];
  /** Asks the store, in its thread; undefined where there is none, or no thread. */
  readonly ask: EventStoreThread['ask'] | undefined;
  /** Prompts and answers, where some were captured or are to be; undefined in a process that ends soon. */
  readonly content: Content | undefined;
  /** Resolves when what was recorded is kept, or cannot be. Never rejects; idempotent. */
  close(): Promise<void>;
}

const dayMs = 86_400_000;
/** A process that ends soon does not wait longer for others that write. */
const shortBusyMs = 1_000;

const storeOptions = ({ path, keepEventsMs, keepSumsMs, maxBytes }: ResolvedTelemetry): EventStoreOptions => ({
  path,
  eventDays: keepEventsMs / dayMs,
  fiveMinuteDays: Math.min(30, keepSumsMs / dayMs),
  hourDays: keepSumsMs / dayMs,
  maxBytes,
});

/** What is recorded and what is watched, by the configuration that a command would find. Throws `ConfigError`. */
export const readRecordingConfig = async (
  configFile?: string,
): Promise<{ readonly telemetry: ResolvedTelemetry; readonly alerts: ResolvedAlerts }> => {
  const folders = findFolders();
  const places = { environment: process.env, folder: resolve('.'), userFolder: folders.config, file: configFile };
  const { config } = await loadConfig({ ...places, home: homedir() });
  return {
    telemetry: telemetryWithDefaults(config.telemetry, join(folders.state, 'events.sqlite')),
    alerts: alertsWithDefaults(config.alerts),
  };
};

/** Where events are kept, by that configuration. Throws `ConfigError`. */
export const readTelemetryConfig = async (configFile?: string): Promise<ResolvedTelemetry> =>
  (await readRecordingConfig(configFile)).telemetry;

/** Opened with the first events: a command that records nothing touches no file, and asks nobody. */
const openLate = (name: string, open: () => Exporter | Promise<Exporter>): Exporter => {
  let opened: Exporter | undefined;
  return {
    name,
    async export(batch) {
      opened ??= await open();
      await opened.export(batch);
    },
    close: async () => opened?.close(),
  };
};

/** The store of a process that ends soon: where it is this process's turn to prune, it does so when all else is done. */
const openShortly = (options: EventStoreOptions): Exporter => {
  const store = openEventStore({ ...options, busyMs: shortBusyMs });
  return {
    name: store.name,
    export: store.export,
    close() {
      try {
        store.pruneWhereDue();
      } catch {
        // Another process writes, or there is no room: the next one will do.
      }
      return store.close();
    },
  };
};

const tellingOnce = (exporter: Exporter, tell: (error: unknown) => void): Exporter => {
  let isTold = false;
  return {
    name: exporter.name,
    async export(batch) {
      try {
        await exporter.export(batch);
      } catch (error) {
        if (!isTold) tell(error);
        isTold = true;
        throw error;
      }
    },
    close: () => exporter.close(),
  };
};

/** Begins to record what the packages in this process announce. */
export const openTelemetry = (options: OpenTelemetryOptions): Telemetry => {
  const { config, command, prices = () => listPrices, isLong = false } = options;
  const { exporters = [], earlier = [], onError = () => {} } = options;
  const store = storeOptions(config);
  let opened: EventStoreThread | undefined;
  const thread = (): EventStoreThread => {
    opened ??= openEventStoreThread({ store });
    return opened;
  };
  const exporter = openLate('event store', () => (isLong ? thread() : openShortly(store)));
  const collector = createCollector({
    exporters: [
      ...exporters,
      ...(wantsOtlp(config.otlp, process.env)
        ? [
            tellingOnce(
              openLate('otlp', () => openOtlp(config.otlp, { command, isLong })),
              (error) => onError(error, 'otlp'),
            ),
          ]
        : []),
      ...(config.enabled ? [tellingOnce(exporter, (error) => onError(error, 'events'))] : []),
    ],
    ...(!isLong && { flushMs: 'never' }),
  });
  const { listen, channels, now, replay } = listenSince(earlier);
  const sources: readonly Source[] = [
    routerSource({ command, now, costOf: (model, usage, provider) => costOf(prices(), model, usage, { provider }) }),
    cacheSource({ now }),
    batchSource({ now }),
    pluginSource({ now }),
    serverSource({ now }),
    telemetrySource({ now }),
    ...(isLong ? [processSource({ command })] : []),
  ];
  const onLostContent = (error: unknown): void => onError(error, 'content');
  const captured = openContent({ config, command, isLong, onError: onLostContent, listen, now });
  const stops = sources.map((source) => source.start(collector, listen));
  replay();
  let closing: Promise<void> | undefined;
  return {
    collector,
    channels: channels(),
    ask: config.enabled && isLong ? (...asked) => thread().ask(...asked) : undefined,
    content: captured?.content,
    close() {
      if (closing === undefined) {
        for (const stop of stops) stop();
        opened?.endWaiting();
      }
      closing ??= Promise.all([collector.close().then(() => opened?.close()), captured?.close()]).then(() => {});
      return closing;
    },
  };
};

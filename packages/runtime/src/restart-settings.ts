import type { ResolvedConfig } from './config.ts';

/** What a server that runs holds on to, whatever its configuration says by now. */
const settings: Readonly<Record<string, (config: ResolvedConfig) => unknown>> = {
  'server.host': ({ server }) => server.host,
  'server.port': ({ server }) => server.port,
  'server.allowedHosts': ({ server }) => server.allowedHosts.join(),
  'server.bodyLimitBytes': ({ server }) => server.bodyLimitBytes,
  'cache.scope': ({ cache }) => cache.scope,
  'batches.enabled': ({ batches }) => batches.enabled,
  'batches.concurrency': ({ batches }) => batches.concurrency,
  'batches.maxFileBytes': ({ batches }) => batches.maxFileBytes,
  alerts: ({ alerts }) => JSON.stringify(alerts),
  'telemetry.content': ({ telemetry }) => JSON.stringify(telemetry.content),
  'telemetry.enabled': ({ telemetry }) => telemetry.enabled,
  'telemetry.otlp': ({ telemetry }) => JSON.stringify(telemetry.otlp),
  'telemetry.path': ({ telemetry }) => telemetry.path,
  'telemetry.keepEventsMs': ({ telemetry }) => telemetry.keepEventsMs,
  'telemetry.keepSumsMs': ({ telemetry }) => telemetry.keepSumsMs,
  'telemetry.maxBytes': ({ telemetry }) => telemetry.maxBytes,
  'batches.keepMs': ({ batches }) => batches.keepMs,
};

/** The settings that differ from those at the start and take effect with the next one only. */
export const settingsForRestart = (started: ResolvedConfig, now: ResolvedConfig): readonly string[] =>
  Object.entries(settings).flatMap(([name, read]) => (read(started) === read(now) ? [] : [name]));

/** Whether what is set there takes effect with the next start of a gateway only, in part at least. */
export const isForNextStart = (path: string): boolean =>
  Object.keys(settings).some((name) => name === path || path.startsWith(`${name}.`) || name.startsWith(`${path}.`));

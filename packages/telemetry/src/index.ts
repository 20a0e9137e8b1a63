export { type Collector, type CollectorOptions, createCollector, type Recorded } from './collector/collector.ts';
export { histogramBytes, histogramOf, mergeBytes } from './collector/histogram-bytes.ts';
export { LogHistogram } from './collector/log-histogram.ts';
export type { Recorder } from './collector/recorder.ts';
export type { Series } from './collector/series.ts';
export { overflowName } from './collector/series-table.ts';
export { TelemetryError, type TelemetryErrorCode } from './errors.ts';
export {
  type AlertChangeEvent,
  type AlertSeverity,
  type AlertState,
  channels,
  type TelemetryFaultEvent,
} from './events.ts';
export type { EventBatch, Exporter } from './exporter.ts';
export { defineKind, type EventKind, type Keep, type KindDefinition, type Measure, type Unit } from './kind.ts';
export { alertKind } from './kinds/alert.ts';
export { attemptKind } from './kinds/attempt.ts';
export { runKind, stepKind } from './kinds/batch.ts';
export { loadKind, lookupKind, queryKind } from './kinds/cache.ts';
export { commandKind, faultKind, pluginKind, sampleKind } from './kinds/process.ts';
export { refusalKind } from './kinds/refusal.ts';
export { requestKind } from './kinds/request.ts';
export { eventKinds } from './kinds.ts';
export type { Listen, Listeners, Source, Stop } from './source.ts';
export { batchSource } from './sources/batch.ts';
export { cacheSource } from './sources/cache.ts';
export { listenOnChannels } from './sources/listen.ts';
export { pluginSource } from './sources/plugins.ts';
export { type ProcessSourceOptions, processSource } from './sources/process.ts';
export { type CostOf, type RouterSourceOptions, routerSource, type TokenUsage } from './sources/router.ts';
export { serverSource } from './sources/server.ts';
export { telemetrySource } from './sources/telemetry.ts';

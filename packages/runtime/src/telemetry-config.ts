import type { Duration, Size } from './quantity.ts';

/** What is recorded of requests, commands and runs, on this machine alone. Prompts and answers are never among it. */
export interface TelemetryConfig {
  /** @default true */
  readonly enabled?: boolean | string | undefined;
  /** The SQLite file of events; relative to the configuration's folder. @default `events.sqlite` in the user's state folder */
  readonly path?: string | undefined;
  /** How long single events are kept. @default 14 days */
  readonly keepEventsMs?: Duration | undefined;
  /** How long hourly sums are kept; those of five minutes stay 30 days at most. @default 400 days */
  readonly keepSumsMs?: Duration | undefined;
  /** The file grows no larger: the oldest events go first. @default 1 GB */
  readonly maxBytes?: Size | undefined;
}

/** The same with every default filled in. */
export interface ResolvedTelemetry {
  readonly enabled: boolean;
  /** Absolute. */
  readonly path: string;
  readonly keepEventsMs: number;
  readonly keepSumsMs: number;
  readonly maxBytes: number;
}

const dayMs = 86_400_000;

/** Fills in the defaults. */
export const telemetryWithDefaults = (
  config: Partial<ResolvedTelemetry> | undefined,
  path: string,
): ResolvedTelemetry => ({
  enabled: true,
  path,
  keepEventsMs: 14 * dayMs,
  keepSumsMs: 400 * dayMs,
  maxBytes: 2 ** 30,
  ...config,
});

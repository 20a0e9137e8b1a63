import { dirname, join } from 'node:path';
import { type ContentConfig, contentWithDefaults, type ResolvedContent } from './content-config.ts';
import type { Duration, Size } from './quantity.ts';

/** The names of OpenTelemetry's conventions for generative AI, none of which is stable yet; `legacy` are those that backends know. */
export const otlpConventions = ['legacy', 'next', 'both'] as const;

/** Where events go besides, as OpenTelemetry has them. */
export interface OtlpConfig {
  /** Of the receiver, such as `http://localhost:4318`. @default OTEL_EXPORTER_OTLP_ENDPOINT; without either nothing is sent */
  readonly endpoint?: string | undefined;
  /** Sent with each message. Write `'${OTLP_KEY}'` rather than a key itself. @default OTEL_EXPORTER_OTLP_HEADERS */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** @default 'legacy' */
  readonly conventions?: (typeof otlpConventions)[number] | undefined;
  /** Share of the traces that begin here that are sent, from 0 to 1. @default 1 */
  readonly sampleRatio?: number | undefined;
}

/** What is recorded of requests, commands and runs, on this machine alone. Prompts and answers are among it only as `content` says. */
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
  /** @default nothing is sent anywhere */
  readonly otlp?: OtlpConfig | undefined;
  /** @default nothing of prompts and answers is kept */
  readonly content?: ContentConfig | undefined;
}

/** The same with every default filled in. */
export interface ResolvedTelemetry {
  readonly enabled: boolean;
  /** Absolute. */
  readonly path: string;
  readonly keepEventsMs: number;
  readonly keepSumsMs: number;
  readonly maxBytes: number;
  readonly otlp?: OtlpConfig;
  readonly content: ResolvedContent;
}

/** What a configuration says of it after validation, before the defaults. */
export interface ValidTelemetry extends Partial<Omit<ResolvedTelemetry, 'content'>> {
  readonly content?: Partial<ResolvedContent>;
}

const dayMs = 86_400_000;

/** Fills in the defaults. */
export const telemetryWithDefaults = (config: ValidTelemetry | undefined, path: string): ResolvedTelemetry => ({
  enabled: true,
  path,
  keepEventsMs: 14 * dayMs,
  keepSumsMs: 400 * dayMs,
  maxBytes: 2 ** 30,
  ...config,
  content: contentWithDefaults(config?.content, join(dirname(config?.path ?? path), 'content.sqlite')),
});

import { setImmediate as breathe } from 'node:timers/promises';
import { TelemetryError } from '../../errors.ts';
import { channels } from '../../events.ts';
import type { EventBatch, Exporter } from '../../exporter.ts';
import { metricsRequest, type Sender, type Span, traceRequest } from './messages.ts';
import { createMetrics } from './metrics.ts';
import { type Conventions, createNames, schemaUrl } from './names.ts';
import { type PostOptions, post, type Taken } from './post.ts';
import { hasSpans, spansOf } from './spans.ts';

export interface OtlpExporterOptions {
  /** Where the receiver is; `/v1/traces` and `/v1/metrics` are added. @default "http://localhost:4318" */
  readonly endpoint?: string | undefined;
  /** Where traces go, in place of that; `false`: nowhere. */
  readonly traces?: string | false | undefined;
  /** Where metrics go, in place of that; `false`: nowhere. */
  readonly metrics?: string | false | undefined;
  /** Sent with each message, such as a key. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** @default "gzip" */
  readonly compression?: 'gzip' | 'none' | undefined;
  /** How long a message may take, with all repetitions, milliseconds. @default 10000 */
  readonly timeoutMs?: number | undefined;
  /** How long to wait before the first repetition, milliseconds; it grows with each. @default 1000 */
  readonly backoffMs?: number | undefined;
  /**
   * How long nothing is sent after spans were lost, milliseconds: those that come meanwhile are lost as well. Metrics that go to the same
   * receiver wait for their next time. @default 5000
   */
  readonly pauseMs?: number | undefined;
  /** How often metrics are sent, milliseconds. @default 60000 */
  readonly metricsMs?: number | undefined;
  /** Names of attributes and metrics. @default "legacy" */
  readonly conventions?: Conventions | undefined;
  /** Share of the traces that begin here that are sent, from 0 to 1; others are as who began them says. @default 1 */
  readonly sampleRatio?: number | undefined;
  /** Tells the process from others. @default `service.name` is "hotpath" */
  readonly resource?: Readonly<Record<string, string>> | undefined;
  /** Of the program, as it is told. @default not told */
  readonly version?: string | undefined;
}

/** Spans that are written without a pause: who else has something to do waits no longer. */
const spansAtOnce = 100;

const isSameReceiver = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && URL.parse(one)?.origin === URL.parse(other)?.origin;

const addressOf = (endpoint: string, signal: string, own: string | false | undefined): string | undefined =>
  own === false ? undefined : (own ?? `${endpoint.replace(/\/+$/, '')}/v1/${signal}`);

/**
 * Sends events to a receiver of OpenTelemetry, over HTTP in Protocol Buffers: requests, calls, runs and steps as spans, and everything
 * as metrics. Events are safe when the receiver has acknowledged their spans. Metrics are sums since the start: one message that is lost
 * loses nothing.
 */
export const createOtlpExporter = (options: OtlpExporterOptions = {}): Exporter => {
  const { endpoint = 'http://localhost:4318', conventions = 'legacy', sampleRatio: ratio = 1, version } = options;
  const { timeoutMs = 10_000, backoffMs = 1000, pauseMs = 5000, metricsMs = 60_000 } = options;
  const tracesUrl = addressOf(endpoint, 'traces', options.traces);
  const metricsUrl = addressOf(endpoint, 'metrics', options.metrics);
  const posting: PostOptions = {
    headers: options.headers ?? {},
    compression: options.compression ?? 'gzip',
    timeoutMs,
    backoffMs,
  };
  const sender: Sender = {
    resource: { 'service.name': 'hotpath', 'service.version': version, ...options.resource },
    scope: { name: '@hotpath/telemetry', version },
    schemaUrl,
  };
  const names = createNames(conventions);
  const metrics = createMetrics(names);
  const startUs = Date.now() * 1000;
  const name = 'otlp';
  let restUntil = 0;
  let closing: Promise<void> | undefined;

  const tell = (error: unknown, lost: number, kind?: string): void => {
    const { fault } = channels;
    if (fault.hasSubscribers) fault.publish({ where: name, error, lost, kind });
  };

  const tellOf = ({ rejected, message }: Taken, what: string, kind?: string): void => {
    if (rejected === 0 && message === '') return;
    const text = `The receiver of ${what} did not take ${rejected} of them: ${message || 'it does not say why'}.`;
    tell(new TelemetryError('TELEMETRY_EXPORT_FAILED', text), rejected, kind);
  };

  const write = async (batch: EventBatch): Promise<readonly Uint8Array[]> => {
    const messages: Uint8Array[] = [];
    let spans: Span[] = [];
    for (const span of spansOf(batch, { names, ratio })) {
      spans.push(span);
      if (spans.length < spansAtOnce) continue;
      messages.push(traceRequest(sender, spans));
      spans = [];
      await breathe();
    }
    if (spans.length > 0) messages.push(traceRequest(sender, spans));
    return messages;
  };

  const sendSpans = async (url: string, batch: EventBatch): Promise<void> => {
    if (performance.now() < restUntil)
      throw new TelemetryError(
        'TELEMETRY_EXPORT_FAILED',
        `${url} has taken nothing of late: the next try comes ${pauseMs} milliseconds after the last one.`,
      );
    const messages = await write(batch);
    if (messages.length === 0) return;
    try {
      tellOf(await post(url, Buffer.concat(messages), posting), 'spans', batch.kind.name);
    } catch (error) {
      restUntil = performance.now() + pauseMs;
      throw error;
    }
  };

  const isOneReceiver = isSameReceiver(tracesUrl, metricsUrl);
  const sendMetrics = async (url: string): Promise<void> => {
    if (isOneReceiver && performance.now() < restUntil) return;
    const all = metrics.all();
    if (all.length === 0) return;
    try {
      tellOf(await post(url, metricsRequest(sender, all, startUs, Date.now() * 1000), posting), 'metrics');
    } catch (error) {
      tell(error, 0);
    }
  };

  let sending: Promise<void> = Promise.resolve();
  const sendNext = (url: string): Promise<void> => {
    sending = sending.then(() => sendMetrics(url));
    return sending;
  };
  const timer = metricsUrl === undefined ? undefined : setInterval(() => sendNext(metricsUrl), metricsMs);
  timer?.unref();

  return {
    name,
    async export(batch) {
      if (closing !== undefined)
        throw new TelemetryError(
          'TELEMETRY_CLOSED',
          'The exporter to OpenTelemetry is closed: use it before closing it.',
        );
      if (metricsUrl !== undefined) metrics.record(batch);
      if (tracesUrl !== undefined && hasSpans(batch.kind)) await sendSpans(tracesUrl, batch);
    },
    close() {
      clearInterval(timer);
      closing ??= metricsUrl === undefined ? Promise.resolve() : sendNext(metricsUrl);
      return closing;
    },
  };
};

import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { TelemetryError } from '../../errors.ts';
import { readFields } from './wire.ts';

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  /** With all repetitions, milliseconds. */
  readonly timeoutMs: number;
  /** Before the first repetition, milliseconds; before each further one, half as much more. */
  readonly backoffMs: number;
}

/** What a receiver did not take of what it was sent. */
export interface Taken {
  /** Spans or data points. */
  readonly rejected: number;
  readonly message: string;
}

const compress = promisify(gzip);
/** https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const mostBackoffMs = 5000;
/** Bytes of an answer that are read. */
const mostAnswer = 65_536;

const failed = (url: string, reason: string, cause?: unknown): TelemetryError =>
  new TelemetryError(
    'TELEMETRY_EXPORT_FAILED',
    `${url} took nothing: ${reason}. See that the receiver speaks OTLP over HTTP at this address, and takes these headers.`,
    { cause },
  );

/** `retry-after` in seconds or as a date, milliseconds; undefined without. */
const retryAfterMs = (value: string | null): number | undefined => {
  if (value === null) return undefined;
  const seconds = Number(value);
  const milliseconds = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return milliseconds >= 0 ? milliseconds : undefined;
};

/** `ExportTraceServiceResponse` and `ExportMetricsServiceResponse` are laid out alike. */
const takenOf = (answer: Uint8Array): Taken => {
  const part = readFields(answer)?.parts.get(1);
  const partial = part && readFields(part);
  return {
    rejected: partial?.numbers.get(1) ?? 0,
    message: Buffer.from(partial?.parts.get(2) ?? []).toString('utf8'),
  };
};

const reasonOf = (error: unknown): string => {
  const { name, cause, message } = error as {
    name?: string;
    cause?: { code?: string; message?: string };
    message?: string;
  };
  if (name === 'TimeoutError') return 'it did not answer in time';
  return cause?.code ?? cause?.message ?? message ?? String(error);
};

/**
 * Sends a message, again where the receiver asks for it or cannot be reached. Rejects with `TELEMETRY_EXPORT_FAILED` once that is of
 * no use, or the time is over.
 */
export const post = async (url: string, message: Uint8Array, options: PostOptions): Promise<Taken> => {
  const { headers, compression, timeoutMs, backoffMs } = options;
  const body = compression === 'gzip' ? await compress(message) : message;
  const until = performance.now() + timeoutMs;
  let waitMs = backoffMs;
  for (;;) {
    let reason: string;
    let askedMs: number | undefined;
    let cause: unknown;
    try {
      const response = await fetch(url, {
        method: 'POST',
        body: body as Uint8Array<ArrayBuffer>,
        redirect: 'error',
        headers: {
          ...headers,
          'content-type': 'application/x-protobuf',
          ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
        },
        signal: AbortSignal.timeout(Math.max(1, Math.ceil(until - performance.now()))),
      });
      const answer = new Uint8Array(await response.arrayBuffer());
      if (response.ok) return takenOf(answer.subarray(0, mostAnswer));
      reason = `it answered ${response.status}`;
      if (!retryable.has(response.status)) throw failed(url, reason);
      askedMs = retryAfterMs(response.headers.get('retry-after'));
    } catch (error) {
      if (TelemetryError.isInstance(error)) throw error;
      reason = reasonOf(error);
      cause = error;
    }
    // Senders that were turned away together do not come back together.
    const nextMs = askedMs ?? waitMs * (0.8 + Math.random() * 0.4);
    if (performance.now() + nextMs >= until) throw failed(url, reason, cause);
    await delay(nextMs);
    waitMs = Math.min(waitMs * 1.5, mostBackoffMs);
  }
};

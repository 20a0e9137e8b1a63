import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
// The official messages, generated.
import root from '@opentelemetry/otlp-transformer/build/src/generated/root.js';

interface Type {
  decode(bytes: Uint8Array): object;
  encode(message: object): { finish(): Uint8Array };
  toObject(message: object, options: object): unknown;
}
const { collector } = (
  root as unknown as { opentelemetry: { proto: { collector: Record<string, Record<string, Record<string, Type>>> } } }
).opentelemetry.proto;
const typeOf = (signal: 'trace' | 'metrics', what: 'Request' | 'Response'): Type =>
  collector[signal]?.v1?.[`Export${signal === 'trace' ? 'Trace' : 'Metrics'}Service${what}`] as Type;

// biome-ignore lint/suspicious/noExplicitAny: whatever the message holds
type Decoded = any;

export interface DecodedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code?: string; readonly message?: string } | undefined;
  readonly flags: number;
}

export interface DecodedMetric {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly type: 'sum' | 'gauge' | 'histogram';
  readonly isMonotonic: boolean | undefined;
  readonly temporality: string | undefined;
  readonly points: readonly (Decoded & { readonly attributes: Readonly<Record<string, unknown>> })[];
}

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly message: Decoded;
}

export interface OtlpReceiver {
  readonly url: string;
  readonly received: readonly Received[];
  spans(): readonly DecodedSpan[];
  /** Of the last message with metrics. */
  metrics(): readonly DecodedMetric[];
  /** Answers so, the first ones first; then 200. */
  answer(...answers: readonly Answer[]): void;
  close(): Promise<void>;
}
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** What it did not take. */
  readonly partial?: { readonly rejected: number; readonly message: string };
  /** Answers nothing. */
  readonly hangs?: boolean;
}

const plain = (value: Decoded): unknown =>
  value.arrayValue ? value.arrayValue.values.map(plain) : Object.values(value)[0];
const attributesOf = (attributes: Decoded): Record<string, unknown> =>
  Object.fromEntries((attributes ?? []).map(({ key, value }: Decoded) => [key, plain(value)]));
const hex = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString('hex');

export const startReceiver = async (): Promise<OtlpReceiver> => {
  const received: Received[] = [];
  const answers: Answer[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
    const { status = 200, headers = {}, partial, hangs = false } = answers.shift() ?? {};
    if (hangs) return;
    const signal = request.url?.endsWith('/traces') ? 'trace' : 'metrics';
    if (status === 200) {
      const type = typeOf(signal, 'Request');
      const message = type.toObject(type.decode(body), { longs: String, enums: String, bytes: String });
      received.push({ path: request.url ?? '', headers: request.headers, message });
    }
    const rejected = signal === 'trace' ? 'rejectedSpans' : 'rejectedDataPoints';
    const answer = typeOf(signal, 'Response').encode(
      partial ? { partialSuccess: { [rejected]: partial.rejected, errorMessage: partial.message } } : {},
    );
    response.writeHead(status, { 'content-type': 'application/x-protobuf', ...headers }).end(answer.finish());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    spans: () =>
      received.flatMap(({ message }) =>
        (message.resourceSpans ?? []).flatMap(({ scopeSpans }: Decoded) =>
          scopeSpans.flatMap(({ spans }: Decoded) =>
            spans.map((span: Decoded) => ({
              ...span,
              traceId: hex(span.traceId),
              spanId: hex(span.spanId),
              parentSpanId: hex(span.parentSpanId),
              attributes: attributesOf(span.attributes),
            })),
          ),
        ),
      ),
    metrics: () =>
      (received.findLast(({ message }) => message.resourceMetrics)?.message.resourceMetrics ?? []).flatMap(
        ({ scopeMetrics }: Decoded) =>
          scopeMetrics.flatMap(({ metrics }: Decoded) =>
            metrics.map(({ name, unit, description, ...data }: Decoded) => {
              const type = Object.keys(data)[0] as DecodedMetric['type'];
              const { dataPoints, isMonotonic, aggregationTemporality: temporality } = data[type];
              const points = dataPoints.map((point: Decoded) => ({
                ...point,
                attributes: attributesOf(point.attributes),
              }));
              return { name, unit, description, type, isMonotonic, temporality, points };
            }),
          ),
      ),
    answer: (...next) => void answers.push(...next),
    async close() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
};

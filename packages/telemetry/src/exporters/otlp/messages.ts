import { WireWriter } from './wire.ts';

// The messages of OTLP 1.x, as far as they are sent: https://github.com/open-telemetry/opentelemetry-proto

/** A number that is a whole one by chance. */
export interface Double {
  readonly double: number;
}
export type AttributeValue = string | number | boolean | Double | readonly string[];
/** Numbers are integers; values that are undefined are left out. */
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

export const spanKinds = { internal: 1, server: 2, client: 3 } as const;

export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits, as `parentId`. */
  readonly spanId: string;
  readonly parentId?: string | undefined;
  /** Whether the parent is a span of another process. */
  readonly isParentRemote?: boolean | undefined;
  readonly name: string;
  readonly kind: keyof typeof spanKinds;
  /** Microseconds since 1970, as `endUs`. */
  readonly startUs: number;
  readonly endUs: number;
  readonly attributes: Attributes;
  /** Why it failed; undefined where it did not. */
  readonly error?: string | undefined;
}

export interface NumberPoint {
  readonly attributes: Attributes;
  readonly value: number;
}
export interface HistogramPoint {
  readonly attributes: Attributes;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** One for each bound, and one for what is beyond. */
  readonly counts: ArrayLike<number>;
}
interface MetricNames {
  readonly name: string;
  readonly description: string;
  /** By UCUM. */
  readonly unit: string;
}
export type Metric = MetricNames &
  (
    | { readonly type: 'counter' | 'gauge'; readonly points: readonly NumberPoint[] }
    | { readonly type: 'histogram'; readonly bounds: readonly number[]; readonly points: readonly HistogramPoint[] }
  );

/** Who sends it. */
export interface Sender {
  readonly resource: Attributes;
  /** Of the package, and of the conventions that names keep to. */
  readonly scope: { readonly name: string; readonly version?: string | undefined };
  readonly schemaUrl: string;
}

const writeValue = (writer: WireWriter, value: AttributeValue): void => {
  if (typeof value === 'string') writer.string(1, value);
  else if (typeof value === 'boolean') writer.varint(2, value ? 1 : 0);
  else if (typeof value === 'number') writer.varint(3, value);
  else if ('double' in value) writer.double(4, value.double);
  else {
    writer.open(5);
    for (const each of value) {
      writer.open(1);
      writer.string(1, each);
      writer.close();
    }
    writer.close();
  }
};

const writeAttributes = (writer: WireWriter, field: number, attributes: Attributes): void => {
  for (const name in attributes) {
    const value = attributes[name];
    if (value === undefined) continue;
    writer.open(field);
    writer.string(1, name);
    writer.open(2);
    writeValue(writer, value);
    writer.close();
    writer.close();
  }
};

const sampled = 1;
const knowsIsRemote = 0x100;
const isRemote = 0x200;

const writeSpan = (writer: WireWriter, span: Span): void => {
  const { traceId, spanId, parentId, name, kind, startUs, endUs, attributes, error } = span;
  writer.open(2);
  writer.hex(1, traceId);
  writer.hex(2, spanId);
  if (parentId !== undefined) writer.hex(4, parentId);
  writer.string(5, name);
  writer.varint(6, spanKinds[kind]);
  writer.nanoseconds(7, startUs);
  writer.nanoseconds(8, endUs);
  writeAttributes(writer, 9, attributes);
  if (error !== undefined) {
    writer.open(15);
    writer.string(2, error);
    writer.varint(3, 2);
    writer.close();
  }
  writer.fixed32(16, sampled | knowsIsRemote | (span.isParentRemote ? isRemote : 0));
  writer.close();
};

/** What a resource and a scope hold: `ResourceSpans` and `ResourceMetrics` are laid out alike, and so are the requests of both. */
const request = ({ resource, scope, schemaUrl }: Sender, write: (writer: WireWriter) => void): Uint8Array => {
  const writer = new WireWriter();
  writer.open(1);
  writer.open(1);
  writeAttributes(writer, 1, resource);
  writer.close();
  writer.open(2);
  writer.open(1);
  writer.string(1, scope.name);
  if (scope.version !== undefined) writer.string(2, scope.version);
  writer.close();
  write(writer);
  writer.string(3, schemaUrl);
  writer.close();
  writer.close();
  return writer.finish();
};

/** An `ExportTraceServiceRequest`. Several of them, one after another, are one with the spans of all. */
export const traceRequest = (sender: Sender, spans: readonly Span[]): Uint8Array =>
  request(sender, (writer) => {
    for (const span of spans) writeSpan(writer, span);
  });

const cumulative = 2;

const writeNumber = (writer: WireWriter, { attributes, value }: NumberPoint, startUs: number, nowUs: number): void => {
  writer.open(1);
  writer.nanoseconds(2, startUs);
  writer.nanoseconds(3, nowUs);
  writer.double(4, value);
  writeAttributes(writer, 7, attributes);
  writer.close();
};

const writeHistogram = (
  writer: WireWriter,
  { attributes, count, sum, min, max, counts }: HistogramPoint,
  bounds: readonly number[],
  startUs: number,
  nowUs: number,
): void => {
  writer.open(1);
  writer.nanoseconds(2, startUs);
  writer.nanoseconds(3, nowUs);
  writer.fixed64(4, count);
  writer.double(5, sum);
  writer.packedFixed64(6, counts);
  writer.packedDoubles(7, bounds);
  writeAttributes(writer, 9, attributes);
  writer.double(11, min);
  writer.double(12, max);
  writer.close();
};

const writeMetric = (writer: WireWriter, metric: Metric, startUs: number, nowUs: number): void => {
  writer.open(2);
  writer.string(1, metric.name);
  writer.string(2, metric.description);
  writer.string(3, metric.unit);
  writer.open({ gauge: 5, counter: 7, histogram: 9 }[metric.type]);
  if (metric.type === 'histogram')
    for (const point of metric.points) writeHistogram(writer, point, metric.bounds, startUs, nowUs);
  else for (const point of metric.points) writeNumber(writer, point, startUs, nowUs);
  if (metric.type !== 'gauge') writer.varint(2, cumulative);
  if (metric.type === 'counter') writer.varint(3, 1);
  writer.close();
  writer.close();
};

/** An `ExportMetricsServiceRequest`, with sums since `startUs`. */
export const metricsRequest = (
  sender: Sender,
  metrics: readonly Metric[],
  startUs: number,
  nowUs: number,
): Uint8Array =>
  request(sender, (writer) => {
    for (const metric of metrics) writeMetric(writer, metric, startUs, nowUs);
  });

import { channel } from 'node:diagnostics_channel';
import { createHistogram } from 'node:perf_hooks';
import { createCollector, defineKind, routerSource } from '@hotpath/telemetry';
import { importMetricsPeer } from '../../peers/metrics.ts';
import type { RequestEvent } from './workload.ts';

/** Records one event; `told` says how many were recorded since, so that nobody leaves any out. */
export interface Recording {
  record(event: RequestEvent): void;
  told(): number | Promise<number>;
}

export interface RecordSide {
  readonly name: string;
  readonly note: string;
  readonly work: 'figure' | 'request';
  open(): Promise<Recording>;
}

type Labels = Readonly<Record<string, string>>;
interface PromMetric {
  observe(labels: Labels, value: number): void;
  inc(labels: Labels, value?: number): void;
  get(): Promise<{ readonly values: readonly { readonly metricName?: string; readonly value: number }[] }>;
}
interface PromClient {
  readonly Histogram: new (options: object) => PromMetric;
  readonly Counter: new (options: object) => PromMetric;
  readonly Registry: new () => object;
}
interface Instrument {
  record(value: number, attributes: Labels): void;
  add(value: number, attributes: Labels): void;
}
interface OtelMetrics {
  readonly MeterProvider: new (
    options: object,
  ) => {
    getMeter(name: string): { createHistogram(name: string): Instrument; createCounter(name: string): Instrument };
  };
  readonly MetricReader: abstract new () => {
    collect(): Promise<{
      readonly resourceMetrics: {
        readonly scopeMetrics: readonly {
          readonly metrics: readonly {
            readonly dataPoints: readonly { readonly value: { readonly count: number } }[];
          }[];
        }[];
      };
    }>;
  };
}
interface OtelTrace {
  readonly TracerProvider: new (
    options: object,
  ) => {
    getTracer(name: string): {
      startSpan(name: string, options: object): { setAttributes(attributes: object): void; end(): void };
    };
  };
}

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60];
const labelsOf = ({ provider, model, outcome }: RequestEvent): Labels => ({ provider, model, outcome });
const labelNames = ['provider', 'model', 'outcome'];

const callKind = defineKind({
  name: 'call',
  about: 'A call.',
  dimensions: { provider: 'Who.', model: 'Which.', outcome: 'How it ended.' },
  measures: { duration: { unit: 'microseconds', keep: 'histogram', about: 'How long.' } },
});

const announced = channel('hotpath:ai-router:request-end');
const publish = (event: RequestEvent): void => {
  if (announced.hasSubscribers) announced.publish(event);
};

const openPrometheus = async (): Promise<Recording> => {
  const { Histogram, Registry } = await importMetricsPeer<PromClient>('prom-client');
  const registers = [new Registry()];
  const histogram = new Histogram({ name: 'duration', help: 'x', labelNames, buckets, registers });
  return {
    record: (event) => histogram.observe(labelsOf(event), event.durationMs / 1000),
    told: async () =>
      (await histogram.get()).values
        .filter(({ metricName }) => metricName === 'duration_count')
        .reduce((sum, { value }) => sum + value, 0),
  };
};

const openOtel = async () => {
  const { MeterProvider, MetricReader } = await importMetricsPeer<OtelMetrics>('@opentelemetry/sdk-metrics');
  class Reader extends MetricReader {
    async onForceFlush(): Promise<void> {}
    async onShutdown(): Promise<void> {}
  }
  const reader = new Reader();
  const meter = new MeterProvider({ readers: [reader] }).getMeter('bench');
  const duration = meter.createHistogram('duration');
  const told = async (): Promise<number> => {
    const { resourceMetrics } = await reader.collect();
    const points = resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints ?? [];
    return points.reduce((sum, { value }) => sum + value.count, 0);
  };
  return { meter, duration, told };
};

export const floorName = 'channel, nobody records';
export const ownNames = { figure: 'hotpath', request: 'hotpath request' } as const;

export const recordSides: readonly RecordSide[] = [
  {
    name: 'channel unheard',
    note: 'telemetry off: what announcing costs where nobody listens',
    work: 'request',
    async open() {
      let count = 0;
      return {
        record(event) {
          publish(event);
          count += 1;
        },
        told: () => count,
      };
    },
  },
  {
    name: floorName,
    note: 'the floor: one listener that only counts',
    work: 'request',
    async open() {
      let count = 0;
      announced.subscribe(() => {
        count += 1;
      });
      return { record: publish, told: () => count };
    },
  },
  {
    name: ownNames.request,
    note: 'the source of the router: an event of 12 names and 21 figures, three of them with a histogram, held for the store, and counted',
    work: 'request',
    async open() {
      const exporter = { name: 'nowhere', export: async () => {}, close: async () => {} };
      const collector = createCollector({ exporters: [exporter] });
      routerSource({ command: 'serve' }).start(collector);
      return {
        record: publish,
        told: () => collector.recorded()[0]?.series.reduce((sum, { count }) => sum + count, 0) ?? 0,
      };
    },
  },
  {
    name: 'prom-client request',
    note: 'what a gateway would count of it with prom-client: two histograms and five counters with three labels, and no event',
    work: 'request',
    async open() {
      const { Histogram, Counter, Registry } = await importMetricsPeer<PromClient>('prom-client');
      const registers = [new Registry()];
      const options = (name: string): object => ({ name, help: 'x', labelNames, registers });
      const duration = new Histogram({ ...options('duration'), buckets });
      const firstToken = new Histogram({ ...options('first_token'), buckets });
      const [requests, input, output, cost, attempts] = ['requests', 'input', 'output', 'cost', 'attempts'].map(
        (name) => new Counter(options(name)),
      ) as [PromMetric, PromMetric, PromMetric, PromMetric, PromMetric];
      return {
        record(event) {
          const labels = labelsOf(event);
          duration.observe(labels, event.durationMs / 1000);
          firstToken.observe(labels, event.firstByteMs / 1000);
          requests.inc(labels);
          input.inc(labels, event.usage.inputTokens);
          output.inc(labels, event.usage.outputTokens);
          cost.inc(labels, event.costUsd);
          attempts.inc(labels, event.attempts);
        },
        told: async () => (await requests.get()).values.reduce((sum, { value }) => sum + value, 0),
      };
    },
  },
  {
    name: 'otel request',
    note: 'the same with the SDK of OpenTelemetry: two histograms, five counters, and a span with the attributes of the GenAI conventions that nobody exports',
    work: 'request',
    async open() {
      const { meter, duration, told } = await openOtel();
      const { TracerProvider } = await importMetricsPeer<OtelTrace>('@opentelemetry/sdk-trace');
      const tracer = new TracerProvider({ spanProcessors: [] }).getTracer('bench');
      const firstToken = meter.createHistogram('first_token');
      const [requests, input, output, cost, attempts] = ['requests', 'input', 'output', 'cost', 'attempts'].map(
        (name) => meter.createCounter(name),
      ) as [Instrument, Instrument, Instrument, Instrument, Instrument];
      return {
        record(event) {
          const span = tracer.startSpan(`chat ${event.model}`, { kind: 2 });
          span.setAttributes({
            'gen_ai.operation.name': 'chat',
            'gen_ai.provider.name': event.provider,
            'gen_ai.request.model': event.asked,
            'gen_ai.response.model': event.model,
            'gen_ai.usage.input_tokens': event.usage.inputTokens,
            'gen_ai.usage.output_tokens': event.usage.outputTokens,
          });
          span.end();
          const labels = labelsOf(event);
          duration.record(event.durationMs / 1000, labels);
          firstToken.record(event.firstByteMs / 1000, labels);
          requests.add(1, labels);
          input.add(event.usage.inputTokens, labels);
          output.add(event.usage.outputTokens, labels);
          cost.add(event.costUsd, labels);
          attempts.add(event.attempts, labels);
        },
        told,
      };
    },
  },
  {
    name: 'perf_hooks',
    note: 'a histogram of Node for each combination of labels, found in a map',
    work: 'figure',
    async open() {
      const all = new Map<string, ReturnType<typeof createHistogram>>();
      return {
        record({ provider, model, outcome, durationMs }) {
          const key = `${provider} ${model} ${outcome}`;
          let histogram = all.get(key);
          if (histogram === undefined) {
            histogram = createHistogram();
            all.set(key, histogram);
          }
          histogram.record(durationMs * 1000);
        },
        told: () => [...all.values()].reduce((sum, { count }) => sum + count, 0),
      };
    },
  },
  {
    name: 'hdr-histogram',
    note: 'the same with hdr-histogram-js, two digits',
    work: 'figure',
    async open() {
      interface Hdr {
        recordValue(value: number): void;
        readonly totalCount: number;
      }
      const { build } = await importMetricsPeer<{ build(options: object): Hdr }>('hdr-histogram-js');
      const all = new Map<string, Hdr>();
      return {
        record({ provider, model, outcome, durationMs }) {
          const key = `${provider} ${model} ${outcome}`;
          let histogram = all.get(key);
          if (histogram === undefined) {
            histogram = build({ numberOfSignificantValueDigits: 2 });
            all.set(key, histogram);
          }
          histogram.recordValue(durationMs * 1000);
        },
        told: () => [...all.values()].reduce((sum, { totalCount }) => sum + totalCount, 0),
      };
    },
  },
  { name: 'prom-client', note: 'a histogram with three labels and 13 buckets', work: 'figure', open: openPrometheus },
  {
    name: 'otel',
    note: 'a histogram of the SDK of OpenTelemetry with three attributes',
    work: 'figure',
    async open() {
      const { duration, told } = await openOtel();
      return { record: (event) => duration.record(event.durationMs / 1000, labelsOf(event)), told };
    },
  },
  {
    name: ownNames.figure,
    note: 'a recorder of three names and one figure with a histogram; the event is held for the store as well',
    work: 'figure',
    async open() {
      const exporter = { name: 'nowhere', export: async () => {}, close: async () => {} };
      const collector = createCollector({ exporters: [exporter] });
      const calls = collector.recorder(callKind);
      const { dimensionAt, measureAt } = callKind;
      return {
        record({ provider, model, outcome, durationMs }) {
          calls.names[dimensionAt.provider] = provider;
          calls.names[dimensionAt.model] = model;
          calls.names[dimensionAt.outcome] = outcome;
          calls.values[measureAt.duration] = durationMs * 1000;
          calls.push(0);
        },
        told: () => collector.recorded()[0]?.series.reduce((sum, { count }) => sum + count, 0) ?? 0,
      };
    },
  },
];

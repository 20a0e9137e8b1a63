import { createCollector, defineKind } from '@hotpath/telemetry';
import { createExposition, createFigures } from '@hotpath/telemetry/prometheus';
import { importMetricsPeer } from '../../peers/metrics.ts';

/** Figures of `series` combinations of three labels, written as a scraper gets them. */
export interface Scraped {
  write(): Promise<Buffer>;
}

export interface MetricsSide {
  readonly name: string;
  readonly note: string;
  open(series: number): Promise<Scraped>;
}

interface PromRegistry {
  metrics(): Promise<string>;
}
interface PromHistogram {
  observe(labels: Readonly<Record<string, string>>, value: number): void;
}
interface PromClient {
  readonly Histogram: new (options: object) => PromHistogram;
  readonly Registry: new () => PromRegistry;
}

const perSeries = 50;

/** Told one by one: `provider`, `model`, `outcome` and microseconds. */
const observeAll = (series: number, observe: (names: readonly [string, string, string], us: number) => void): void => {
  for (let round = 0; round < perSeries; round += 1)
    for (let index = 0; index < series; index += 1) {
      const names = [`provider-${index % 8}`, `model-${index}`, index % 2 === 0 ? 'complete' : 'failed'] as const;
      observe(names, 1000 * 1.2 ** ((index + round * 7) % 60));
    }
};

const callKind = defineKind({
  name: 'call',
  about: 'A call.',
  dimensions: { provider: 'Who.', model: 'Which.', outcome: 'How it ended.' },
  measures: { duration: { unit: 'microseconds', keep: 'histogram', about: 'How long.' } },
});

const labelNames = ['provider', 'model', 'outcome'];

const floorName = 'bytes alone';
export const ownName = 'hotpath';
const peerName = 'prom-client';

const openOwn = (series: number): Scraped => {
  const collector = createCollector({ mostNames: series, mostSeries: series });
  const { names, values, push } = collector.recorder(callKind);
  observeAll(series, ([provider, model, outcome], us) => {
    names[callKind.dimensionAt.provider] = provider;
    names[callKind.dimensionAt.model] = model;
    names[callKind.dimensionAt.outcome] = outcome;
    values[callKind.measureAt.duration] = us;
    push(0);
  });
  const figures = createFigures(collector);
  return {
    async write() {
      const exposition = createExposition('text');
      figures.write(exposition);
      return exposition.end();
    },
  };
};

export const metricsSides: readonly MetricsSide[] = [
  {
    name: floorName,
    note: 'the floor: the same text, written before, made bytes of',
    async open(series) {
      const text = String(await openOwn(series).write());
      return { write: async () => Buffer.from(text) };
    },
  },
  {
    name: ownName,
    note: 'what a collector holds, as /metrics writes it',
    open: async (series) => openOwn(series),
  },
  {
    name: peerName,
    note: 'a histogram with as many buckets and the same labels, by its registry',
    async open(series) {
      const { Histogram, Registry } = await importMetricsPeer<PromClient>('prom-client');
      const registry = new Registry();
      const own = String(await openOwn(1).write());
      const bounds = [...own.matchAll(/le="([\d.]+)"/g)].map(([, bound]) => Number(bound));
      const options = { name: 'call_duration', help: 'x', labelNames, buckets: bounds, registers: [registry] };
      const histogram = new Histogram(options);
      observeAll(series, ([provider, model, outcome], us) => histogram.observe({ provider, model, outcome }, us / 1e6));
      return { write: async () => Buffer.from(await registry.metrics()) };
    },
  },
];

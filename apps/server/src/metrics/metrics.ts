import type { CacheStats, Hotpath } from '@hotpath/runtime';
import {
  type Collector,
  type CostOf,
  cacheSource,
  createCollector,
  createExposition,
  createFigures,
  type ExpositionFormat,
  routerSource,
  serverSource,
  telemetrySource,
} from '@hotpath/runtime/metrics';
import { type RunningBatches, writeBatches } from './batches.ts';
import { writeCacheTiers } from './cache-tiers.ts';
import { createFaults } from './faults.ts';
import { createRequestsInFlight } from './in-flight.ts';
import { createProcessMetrics } from './process.ts';
import { createReloads } from './reloads.ts';
import { writeTargets } from './targets.ts';

export interface MetricsOptions {
  /** Asked at each scrape for its cache and for the health of its targets. */
  readonly hotpath: Pick<Hotpath, 'cache' | 'router'>;
  /** What this process records, with the sources of router, cache and server. @default a collector of its own */
  readonly collector?: Collector | undefined;
  /** Where an event does not tell what an answer cost; for a collector of its own. @default not known */
  readonly costOf?: CostOf | undefined;
  /** Asked at each scrape; undefined where there is nothing to tell. @default none */
  readonly runningBatches?: (() => RunningBatches | undefined) | undefined;
  /** How long the cache may take to tell of itself, milliseconds; it is left out else. @default 1000 */
  readonly statsTimeoutMs?: number | undefined;
}

/** What happened since it was created, and how things stand. Requests of the whole process are counted. */
export interface Metrics {
  /** Never rejects: what cannot be had is left out. */
  render(format: ExpositionFormat): Promise<Buffer>;
  /** Counts no more; safe to call twice. */
  close(): void;
}

interface Started {
  readonly collector: Collector;
  stop(): void;
}

/** Keeps figures alone. */
const startCollector = (costOf: CostOf | undefined): Started => {
  const collector = createCollector();
  const sources = [routerSource({ costOf, command: 'serve' }), cacheSource(), serverSource(), telemetrySource()];
  const stops = sources.map((source) => source.start(collector));
  return {
    collector,
    stop() {
      for (const stop of stops) stop();
    },
  };
};

export const createMetrics = (options: MetricsOptions): Metrics => {
  const { hotpath, statsTimeoutMs = 1000 } = options;
  const { collector, stop }: Started = options.collector
    ? { collector: options.collector, stop: () => {} }
    : startCollector(options.costOf);
  const figures = createFigures(collector);
  const requestsInFlight = createRequestsInFlight();
  const faults = createFaults();
  const reloads = createReloads();
  const ofProcess = createProcessMetrics();

  /** Undefined where there is no cache, or where a store behind it does not answer. */
  const statsOfCache = async (): Promise<CacheStats | undefined> => {
    let limit: NodeJS.Timeout | undefined;
    const patience = new Promise<undefined>((resolve) => {
      limit = setTimeout(resolve, statsTimeoutMs, undefined);
    });
    try {
      return await Promise.race([hotpath.cache?.stats(), patience]);
    } catch {
      return undefined;
    } finally {
      clearTimeout(limit);
    }
  };

  return {
    async render(format) {
      const stats = await statsOfCache();
      const exposition = createExposition(format);
      figures.write(exposition);
      requestsInFlight.write(exposition);
      writeTargets(exposition, hotpath.router.health());
      if (stats) writeCacheTiers(exposition, stats);
      const running = options.runningBatches?.();
      if (running) writeBatches(exposition, running);
      faults.write(exposition);
      reloads.write(exposition);
      ofProcess.write(exposition);
      return exposition.end();
    },
    close() {
      stop();
      requestsInFlight.close();
      faults.close();
      reloads.close();
      ofProcess.close();
    },
  };
};

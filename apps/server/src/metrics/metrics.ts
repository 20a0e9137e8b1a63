import { type CacheStats, costOf, type Hotpath, listPrices } from '@hotpath/runtime';
import { type RunningBatches, writeBatches } from './batches.ts';
import { writeCacheTiers } from './cache-tiers.ts';
import { createExposition, type ExpositionFormat } from './exposition.ts';
import { createFaults } from './faults.ts';
import { createNames } from './names.ts';
import { createProcessMetrics } from './process.ts';
import { createReloads } from './reloads.ts';
import { writeTargets } from './targets.ts';
import { type CostOf, createTraffic } from './traffic.ts';

export interface MetricsOptions {
  /** Asked at each scrape for its cache and for the health of its targets. */
  readonly hotpath: Pick<Hotpath, 'cache' | 'router'>;
  /** Where an event does not tell what an answer cost. @default by the list prices */
  readonly costOf?: CostOf | undefined;
  /** Asked at each scrape; undefined where there is nothing to tell. @default none */
  readonly runningBatches?: (() => RunningBatches | undefined) | undefined;
  /** Models that are told apart; all others share one name, `other`. @default 200 */
  readonly mostModels?: number | undefined;
  /** How long the cache may take to tell of itself, milliseconds; it is left out else. @default 1000 */
  readonly statsTimeoutMs?: number | undefined;
}

/** What happened since it was created, and how things stand. Requests of the whole process are counted. */
export interface Metrics {
  /** Never rejects: what cannot be had is left out. */
  render(format: ExpositionFormat): Promise<string>;
  /** Counts no more; safe to call twice. */
  close(): void;
}

const byListPrice: CostOf = (model, usage) => costOf(listPrices, model, usage);

export const createMetrics = (options: MetricsOptions): Metrics => {
  const { hotpath, mostModels = 200, statsTimeoutMs = 1000 } = options;
  const nameOf = createNames(mostModels);
  const traffic = createTraffic({ costOf: options.costOf ?? byListPrice, nameOf });
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
      traffic.write(exposition);
      writeTargets(exposition, hotpath.router.health(), nameOf);
      if (stats) writeCacheTiers(exposition, stats);
      const running = options.runningBatches?.();
      if (running) writeBatches(exposition, running);
      faults.write(exposition);
      reloads.write(exposition);
      ofProcess.write(exposition);
      return exposition.end();
    },
    close() {
      traffic.close();
      faults.close();
      reloads.close();
      ofProcess.close();
    },
  };
};

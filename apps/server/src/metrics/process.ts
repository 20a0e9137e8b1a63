import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { type Exposition, LogHistogram, type Sample } from '@hotpath/runtime/metrics';

/** What the process uses. The names are those that `prom-client` has made usual, so that dashboards for Node fit. */
export interface ProcessMetrics {
  write(exposition: Exposition): void;
  close(): void;
}

type GcEntry = PerformanceEntry & { readonly detail: { readonly kind: number } };

const gcKinds: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};
/** Microseconds, written as seconds. */
const gcBuckets = { bounds: [500, 1e3, 5e3, 1e4, 25e3, 5e4, 1e5, 5e5, 1e6], scale: 1e6 };

interface Collections {
  readonly histogram: LogHistogram;
  sum: number;
}

/** How often the delay of the event loop is sampled, milliseconds. */
const resolution = 20;

/** Watches collections and the event loop from the first scrape on: where nobody scrapes, nobody pays. */
export const createProcessMetrics = (): ProcessMetrics => {
  const collections = new Map<string, Collections>();
  const delay = monitorEventLoopDelay({ resolution });
  let observer: PerformanceObserver | undefined;
  let utilization = performance.eventLoopUtilization();

  const watch = (): void => {
    if (observer) return;
    delay.enable();
    observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const kind = gcKinds[(entry as GcEntry).detail.kind] ?? 'other';
        const known = collections.get(kind) ?? { histogram: new LogHistogram(), sum: 0 };
        collections.set(kind, known);
        known.histogram.record(entry.duration * 1000);
        known.sum += entry.duration * 1000;
      }
    });
    observer.observe({ entryTypes: ['gc'] });
  };

  /** A sample is the time since the last one: what is beyond the interval is delay. */
  const delayed = (nanoseconds: number): number =>
    Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - resolution / 1000) : 0;

  const writeEventLoop = (exposition: Exposition): void => {
    const figures: readonly (readonly [name: string, nanoseconds: number])[] = [
      ['mean', delay.mean],
      ['p50', delay.percentile(50)],
      ['p90', delay.percentile(90)],
      ['p99', delay.percentile(99)],
      ['max', delay.max],
    ];
    for (const [name, nanoseconds] of figures) {
      const help = `Delay of the event loop since the last scrape, ${name}.`;
      exposition.gauge(`nodejs_eventloop_lag_${name}_seconds`, help, one(delay.count === 0 ? 0 : delayed(nanoseconds)));
    }
    delay.reset();
    const now = performance.eventLoopUtilization();
    const share = performance.eventLoopUtilization(now, utilization).utilization;
    utilization = now;
    exposition.gauge(
      'nodejs_eventloop_utilization_ratio',
      'Share of the time since the last scrape in which the event loop was busy.',
      one(share),
    );
  };

  return {
    write(exposition) {
      watch();
      const { user, system } = process.cpuUsage();
      const memory = process.memoryUsage();
      exposition.counter('process_cpu_user_seconds_total', 'Processor time of the program itself.', one(user / 1e6));
      exposition.counter('process_cpu_system_seconds_total', 'Processor time of the kernel for it.', one(system / 1e6));
      exposition.counter('process_cpu_seconds_total', 'Processor time, both.', one((user + system) / 1e6));
      exposition.gauge(
        'process_start_time_seconds',
        'When the process began, Unix time.',
        one(performance.timeOrigin / 1000),
      );
      exposition.gauge('process_uptime_seconds', 'Since then.', one(process.uptime()));
      exposition.gauge('process_resident_memory_bytes', 'Memory of the process.', one(memory.rss));
      exposition.gauge('nodejs_heap_size_total_bytes', 'Heap of V8.', one(memory.heapTotal));
      exposition.gauge('nodejs_heap_size_used_bytes', 'Its part in use.', one(memory.heapUsed));
      exposition.gauge('nodejs_external_memory_bytes', 'Buffers and the like, outside the heap.', one(memory.external));
      writeEventLoop(exposition);
      exposition.histogram(
        'nodejs_gc_duration_seconds',
        'Garbage collections since the first scrape.',
        gcBuckets,
        [...collections].map(
          ([kind, { histogram, sum }]) => [`kind="${kind}"`, { histograms: [histogram], sum }] as const,
        ),
      );
    },
    close() {
      delay.disable();
      observer?.disconnect();
    },
  };
};

const one = (value: number): readonly Sample[] => [['', value]];

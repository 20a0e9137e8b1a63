import type { RecentRequest, StoreFigures, StoreTarget } from '../../src/monitor/store-figures.ts';
import type { StoreView } from '../../src/monitor/store-view.ts';

const at = '2026-11-21T15:30:00.000Z';

const target = (provider: string, model: string, calls: number, more: Partial<StoreTarget> = {}): StoreTarget => ({
  provider,
  model,
  calls,
  callsPerSecond: null,
  errorShare: 0,
  breaker: null,
  isAvailable: null,
  inFlight: null,
  costUsd: calls * 0.0042,
  p50Ms: 900,
  p95Ms: 4_300,
  p99Ms: 7_200,
  firstByteP95Ms: 1_300,
  hitShare: 0.31,
  savedUsd: calls * 0.001,
  ...more,
});

const request = (time: string, model: string, more: Partial<RecentRequest> = {}): RecentRequest => ({
  at: `2026-11-21T${time}.000Z`,
  id: 'req_1',
  provider: 'openai',
  model,
  command: 'ask',
  outcome: 'complete',
  code: '',
  cache: 'miss',
  durationMs: 1_240,
  firstByteMs: 320,
  costUsd: 0.0031,
  ...more,
});

const figures: StoreFigures = {
  requests: {
    total: 412,
    failed: 6,
    refused: 2,
    inFlight: null,
    perSecond: 0.4,
    failedPerSecond: 0,
    refusedPerSecond: 0,
  },
  answers: 406,
  firstByteMs: { p50: 310, p95: 1_290, p99: 2_400 },
  durationMs: { p50: 1_100, p95: 5_400, p99: 11_800 },
  tokens: { in: 612_000, out: 81_400, inPerSecond: 420, outPerSecond: 61 },
  costUsd: { total: 1.84, perHour: 1.84 },
  savedUsd: { total: 0.71, cache: 0.52, coalescing: 0, promptCaching: 0.19, batch: 0 },
  tiers: [
    {
      name: 'memory',
      hitShare: 0.22,
      hits: 90,
      misses: 316,
      evictions: null,
      entries: null,
      bytes: null,
      maxBytes: null,
      readMs: null,
    },
    {
      name: 'sqlite',
      hitShare: 0.09,
      hits: 37,
      misses: 369,
      evictions: null,
      entries: null,
      bytes: null,
      maxBytes: null,
      readMs: null,
    },
  ],
  process: {
    uptimeSeconds: null,
    cpuShare: 0.04,
    residentBytes: 98 * 2 ** 20,
    heapBytes: 31 * 2 ** 20,
    eventLoopLagMs: 2.1,
    eventLoopBusyShare: 0.03,
  },
  targets: [
    target('openai', 'gpt-4.1-mini', 286),
    target('anthropic', 'claude-sonnet-5', 98, { errorShare: 0.06, p95Ms: 8_900, costUsd: 1.1 }),
    target('ollama', 'qwen3:8b', 28, { costUsd: 0, hitShare: null }),
  ],
  byInterval: [12, 20, 31, 18, 44, 60, 52, 38, 41, 29, 36, 31],
  hitShare: 0.31,
  recent: [
    request('15:29:58', 'gpt-4.1-mini'),
    request('15:29:41', 'gpt-4.1-mini', { cache: 'hit', durationMs: 3.2, costUsd: null }),
    request('15:28:07', 'claude-sonnet-5', {
      provider: 'anthropic',
      outcome: 'failed',
      code: 'HTTP_503',
      durationMs: 210,
      costUsd: null,
    }),
    request('15:27:30', 'qwen3:8b', { outcome: 'left', durationMs: 6_100, costUsd: 0 }),
  ],
  runs: [
    {
      at: '2026-11-21T15:21:12.000Z',
      id: 'r1',
      name: 'release-notes',
      outcome: 'succeeded',
      steps: 7,
      durationMs: 41_000,
      costUsd: 0.12,
    },
  ],
};

/** The last hour of somebody who works with it. */
export const storeView = (changes: Partial<StoreView> = {}): StoreView => ({
  source: 'store',
  at,
  url: 'http://127.0.0.1:4000',
  problem: 'no gateway answers at http://127.0.0.1:4000 (ECONNREFUSED).',
  path: '/home/ada/.local/state/hotpath/events.sqlite',
  rangeMs: 3_600_000,
  figures,
  storeProblem: null,
  ...changes,
});

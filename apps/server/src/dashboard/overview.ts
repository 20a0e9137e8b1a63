import type { PriceTable } from '@hotpath/runtime';
import type { Comparison, Durations, Overview, RequestFigures } from '@hotpath/runtime/analytics';
import type { CompareView, OverviewView, Quantiles, TotalsView } from './contract.ts';
import { summedCosts } from './token-costs.ts';

const unknown: Quantiles = { p50: null, p95: null, p99: null };
const quantiles = (durations: Durations | null): Quantiles => durations ?? unknown;

const totalsView = (figures: RequestFigures): TotalsView => ({
  requests: figures.requests,
  failed: figures.failed,
  left: figures.left,
  durationMs: quantiles(figures.durationMs),
  firstTokenMs: quantiles(figures.firstTokenMs),
  tokensPerSecond: quantiles(figures.tokensPerSecond),
  tokens: figures.tokens,
  costUsd: figures.costUsd,
  estimatedUsd: figures.estimatedUsd,
  savedUsd: figures.savedUsd,
  unpriced: figures.unpriced,
  hitRate: figures.cache.hitRate,
});

/** `nameOf`: of a key by its id; undefined for one that is gone. */
export const overviewView = (
  told: Overview,
  nameOf: (key: string) => string | undefined,
  prices: PriceTable,
): OverviewView => {
  const models = told.models.map(({ names, ...figures }) => ({
    provider: names.provider ?? '',
    model: names.model ?? '',
    ...totalsView(figures),
  }));
  const { atMs, p50Ms, p95Ms, firstTokenP50Ms, ...series } = told.series;
  return {
    version: 1,
    from: told.fromMs,
    to: told.toMs,
    stepMs: told.stepMs,
    totals: totalsView(told.total),
    before: told.before && totalsView(told.before),
    series: { at: atMs, p50: p50Ms, p95: p95Ms, firstTokenP50: firstTokenP50Ms, ...series },
    ...summedCosts(prices, models, told.total.costUsd),
    models,
    keys: told.keys.map(({ names: { key = '' }, ...figures }) => ({
      key,
      name: nameOf(key) ?? null,
      ...totalsView(figures),
    })),
    agents: told.agents.map(({ names, ...figures }) => ({ agent: names.agent ?? '', ...totalsView(figures) })),
    commands: told.commands.map(({ names, ...figures }) => ({ command: names.command ?? '', ...totalsView(figures) })),
    overflowed: told.overflowed,
    errors: told.errors,
    tiers: told.tiers,
    tiersLeftOut: told.tiersLeftOut,
  };
};

/** Two times beside each other, with what can be said of the difference. */
export const compareView = (baseline: Overview, current: Overview, { figures }: Comparison): CompareView => {
  const side = ({ fromMs, toMs, total }: Overview) => ({ from: fromMs, to: toMs, totals: totalsView(total) });
  return {
    version: 1,
    baseline: side(baseline),
    current: side(current),
    figures: figures.map((figure) => ({
      figure: figure.figure,
      baseline: figure.baseline.value,
      current: figure.current.value,
      change: figure.change,
      interval:
        figure.current.low === null || figure.current.high === null ? null : [figure.current.low, figure.current.high],
      pValue: figure.adjustedP,
      verdict: figure.verdict === 'same' ? 'no difference' : figure.verdict,
    })),
  };
};

import type { HealthView } from '@hotpath/runtime';
import type { GroupView } from '@hotpath/runtime/telemetry';
import type { ProvidersView, Quantiles } from './contract.ts';

const unknown: Quantiles = { p50: null, p95: null, p99: null };

/** How each model fares that was asked of late, and what calls to it have come to in the last hour. */
export const providersView = (
  health: readonly HealthView[],
  attempts: readonly GroupView[],
  limits: ProvidersView['limits'],
): ProvidersView => {
  const keyOf = (provider: string, model: string): string => `${provider}\n${model}`;
  const states = new Map(health.map((view) => [keyOf(view.provider, view.model), view]));
  const groups = new Map<string, GroupView[]>();
  for (const group of attempts) {
    const key = keyOf(group.names.provider ?? '', group.names.model ?? '');
    groups.set(key, [...(groups.get(key) ?? []), group]);
  }
  const providers = [...new Set([...states.keys(), ...groups.keys()])].map((key) => {
    const [provider = '', model = ''] = key.split('\n');
    const state = states.get(key);
    const those = groups.get(key) ?? [];
    const count = (fits: (group: GroupView) => boolean): number =>
      those.filter(fits).reduce((sum, group) => sum + group.count, 0);
    const codes = [...new Set(those.map(({ names }) => names.code ?? ''))].filter((code) => code !== '');
    const took = those.find(({ names }) => names.outcome === 'complete')?.quantiles.duration;
    return {
      provider,
      model,
      breaker: state?.breaker.state ?? 'closed',
      inFlight: state?.inFlight ?? null,
      calls: count(() => true),
      failed: count(({ names }) => names.outcome === 'failed'),
      durationMs: took ? { p50: took.p50 / 1000, p95: took.p95 / 1000, p99: took.p99 / 1000 } : unknown,
      codes: codes
        .map((code) => ({ code, count: count(({ names }) => names.code === code) }))
        .sort((one, other) => other.count - one.count),
    };
  });
  return { version: 1, providers: providers.sort((one, other) => other.calls - one.calls), limits };
};

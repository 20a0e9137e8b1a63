import type { Hotpath } from '@hotpath/runtime';
import type { EventStoreThread, GroupView } from '@hotpath/runtime/telemetry';
import { AdminFault, bodyInvalid, refuse } from '../routes/admin-error.ts';
import { readObject } from '../routes/admin-request.ts';
import type { CacheView } from './contract.ts';

type Cache = NonNullable<Hotpath['cache']>;

const dayMs = 86_400_000;

const byModel = (groups: readonly GroupView[]): CacheView['models'] =>
  groups
    .map(({ names, count, totals }) => ({
      model: `${names.provider}/${names.model}`,
      hits: count,
      savedUsd: (totals.saved_cache ?? 0) / 1e6,
    }))
    .sort((one, other) => other.savedUsd - one.savedUsd || other.hits - one.hits);

/** The tiers of the cache, and which models' answers earn their place in it. */
export const cacheView = async (
  cache: Cache | undefined,
  ask: EventStoreThread['ask'] | undefined,
  nowMs: number,
): Promise<CacheView> => {
  const range = { fromMs: nowMs - dayMs, toMs: nowMs + 1 };
  const [stats, groups = []] = await Promise.all([
    cache?.stats(),
    ask?.('groups', { kind: 'request', ...range, by: ['provider', 'model'], where: { cache: 'hit' }, spreads: [] }),
  ]);
  return {
    version: 1,
    isEnabled: cache !== undefined,
    tiers: (stats?.tiers ?? []).map(({ name, entries, bytes, hits, misses }) => ({
      tier: name,
      entries,
      bytes,
      hits,
      misses,
    })),
    models: byModel(groups),
  };
};

/** Has answers made anew: all, or those of a model, as `{"all": true}` or `{"model": "openai/gpt-4.1"}`. */
export const invalidate = async (cache: Cache | undefined, body: unknown): Promise<void> => {
  if (cache === undefined)
    throw new AdminFault(
      refuse(409, 'DASHBOARD_NO_CACHE', 'The configuration switches the cache off (cache.enabled).'),
    );
  const { all, model, ...others } = readObject(body);
  const isAll = all === true && model === undefined;
  const isModel = all === undefined && typeof model === 'string' && model !== '';
  if (Object.keys(others).length > 0 || isAll === isModel)
    throw new AdminFault(bodyInvalid('it takes either "all": true or "model", as provider/model.'));
  if (isAll) await cache.clear();
  else await cache.deleteTag(`model:${model}`);
};

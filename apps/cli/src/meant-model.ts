import { readFile } from 'node:fs/promises';
import type { Hotpath, ProviderDescription } from '@hotpath/runtime';
import { describeError } from './errors.ts';
import { modelsFileIn } from './known-models.ts';
import { nearest } from './nearest.ts';

const bareName = (id: string): string => id.slice(id.indexOf('/') + 1);

/** Whose a model on the price list is, by its name. */
const vendorOf = (model: string): ProviderDescription['type'] => {
  if (model.startsWith('sim-')) return 'sim';
  if (model.startsWith('claude-')) return 'anthropic';
  return model.startsWith('grok-') ? 'xai' : 'openai';
};

/** Those that the providers here listed last, as `provider/model`, and those with a price that they may have. */
const knownModels = async ({ folders, prices, config, providers }: Hotpath): Promise<readonly string[]> => {
  const listed = await readFile(modelsFileIn(folders.cache), 'utf8').catch(() => '');
  const own = [...Object.keys(config.aliases ?? {}), ...Object.keys(config.routes ?? {})];
  const ids = new Set(providers.map(({ id }) => id));
  const types = new Set(providers.map(({ type }) => type));
  const isHere = (name: string): boolean => {
    if (name.includes('/')) return ids.has(name.slice(0, name.indexOf('/')));
    const vendor = vendorOf(name);
    // Behind a compatible address anybody's models may be, but for the simulator's.
    return types.has(vendor) || (types.has('openai-compatible') && vendor !== 'sim');
  };
  const others = [...listed.split('\n').filter(Boolean), ...Object.keys(prices.models)];
  return [...own, ...Object.keys(config.prices), ...others.filter(isHere)];
};

/** Adds to a failure for a name that is no model's which one was probably meant. Any other stays as it is. */
export const nameMeantModel = async (error: unknown, hotpath: Hotpath): Promise<void> => {
  const { code } = describeError(error);
  if (!(error instanceof Error) || (code !== 'ROUTER_MODEL_UNKNOWN' && code !== 'ROUTER_MODEL_AMBIGUOUS')) return;
  const { model } = error as { readonly model?: string };
  if (model === undefined) return;
  const known = await knownModels(hotpath);
  const exact = known.some((id) => id === model || bareName(id) === model);
  const meant =
    nearest(model, known) ?? known.find((id) => bareName(id) === nearest(bareName(model), known.map(bareName)));
  if (!exact && meant !== undefined) error.message += ` Did you mean "${meant}"?`;
};

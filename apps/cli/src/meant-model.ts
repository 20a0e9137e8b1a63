import { readFile } from 'node:fs/promises';
import type { Hotpath } from '@hotpath/runtime';
import { describeError } from './errors.ts';
import { modelsFileIn } from './known-models.ts';
import { nearest } from './nearest.ts';

const bareName = (id: string): string => id.slice(id.indexOf('/') + 1);

/** Those that were listed last, as `provider/model`, and those that have a price. */
const knownModels = async ({ folders, prices, config }: Hotpath): Promise<readonly string[]> => {
  const listed = await readFile(modelsFileIn(folders.cache), 'utf8').catch(() => '');
  const own = [...Object.keys(config.aliases ?? {}), ...Object.keys(config.routes ?? {})];
  return [...own, ...listed.split('\n').filter(Boolean), ...Object.keys(prices.models)];
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

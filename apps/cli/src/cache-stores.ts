import type { AnswerStores, CacheSettings } from '@hotpath/runtime';
import { cacheUnavailable, describeError } from './errors.ts';
import { complain, warn } from './terminal.ts';

export type { CacheSettings } from '@hotpath/runtime';

/** The cache's settings, with a word about a cache that is switched off. */
export const findSettings = async (configFile: string | undefined): Promise<CacheSettings> => {
  const { findCacheSettings } = await import('@hotpath/runtime');
  const settings = await findCacheSettings({ configFile });
  if (!settings.enabled) warn('cache.enabled is false in the configuration: nothing is answered from this cache.');
  return settings;
};

/** The store of a plugin that answers are kept in; null where it is the file. */
export interface PluginStoreName {
  readonly name: string;
  /** Null where none that can be used contributes it. */
  readonly plugin: string | null;
}

export const pluginStoreOf = ({ store, plugins }: CacheSettings): PluginStoreName | null => {
  if (store === undefined) return null;
  const declared = plugins?.contributions('stores').find(({ name }) => name === store.name);
  return { name: store.name, plugin: declared?.plugin ?? null };
};

/** Where answers are kept, in words: the path of the file, or the store of a plugin. */
export const describePlace = (settings: CacheSettings): string => {
  const store = pluginStoreOf(settings);
  if (store === null) return settings.path;
  return `the store "${store.name}"${store.plugin === null ? '' : ` of the plugin ${store.plugin}`}`;
};

/** The same settings with Redis alone: what is not asked for is not opened, and a damaged file would be moved by that. */
export const redisAlone = ({ store: _store, ...settings }: CacheSettings): CacheSettings => ({ ...settings, path: '' });

/** Finds damage before anything has been printed: to the beginning of the file alone, or with `check` to all of it. */
const refuseDamaged = async (settings: CacheSettings, check: boolean): Promise<void> => {
  const { inspectCacheFile } = await import('@hotpath/runtime');
  const [problem] = (await inspectCacheFile(settings, { figures: false, check }))?.problems ?? [];
  if (problem !== undefined) throw cacheUnavailable(describeDamage(settings.path, problem));
};

const isDamage = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === 'CACHE_FILE_DAMAGED';

/** What a store that leaves a damaged file alone has met, in words of the command line. Anything else stays as it is. */
const explained = ({ path }: CacheSettings, error: unknown): unknown => {
  if (!isDamage(error)) return error;
  const { cause } = error;
  return cacheUnavailable(describeDamage(path, cause instanceof Error ? cause.message : error.message));
};

export const describeDamage = (path: string, problem: string): string =>
  `the cache file ${path} is damaged (${problem}). "hotpath cache doctor" tells more; "hotpath cache clear" moves it aside and begins a new one.`;

/**
 * Opens file and Redis of the configured cache for `work`, and closes them. `creates`: makes the file where there is none.
 * `onlyReads`: a damaged file stays as it is, and is an error; damage behind its beginning is found at once by `checks` alone,
 * which reads all of it, and otherwise when `work` meets it. Throws `CLI_CACHE_UNAVAILABLE` for damage, when one of them
 * cannot be opened, and what a look at the file throws.
 */
export const withStores = async <Result>(
  settings: CacheSettings,
  work: (stores: AnswerStores) => Promise<Result>,
  {
    creates = false,
    onlyReads = false,
    checks = false,
  }: { readonly creates?: boolean; readonly onlyReads?: boolean; readonly checks?: boolean } = {},
): Promise<Result> => {
  const { openAnswerStores } = await import('@hotpath/runtime');
  if (onlyReads && settings.path !== '' && settings.store === undefined) await refuseDamaged(settings, checks);
  const onError = ({ message }: Error): void => warn(message);
  try {
    const stores = await openAnswerStores(settings, {
      creates,
      damagePolicy: onlyReads ? 'fail' : 'move-aside',
      onError,
    });
    try {
      const [warning] = stores.warnings;
      if (warning !== undefined) throw cacheUnavailable(warning.message);
      const result = await work(stores);
      // A cache above a store bypasses what fails there.
      const damage = onlyReads ? stores.faults.find(({ error }) => isDamage(error)) : undefined;
      if (damage !== undefined) throw damage.error;
      return result;
    } finally {
      await stores.close();
    }
  } catch (error) {
    throw explained(settings, error);
  }
};

/** Said of a store without a log of invalidations. */
export const storeIsSilent =
  'The store tells nobody: a running server goes on with what it has in memory until it is started again.';

/** Work that was asked for. What fails in the background is tried again, or shows in these. */
const askedFor: readonly string[] = ['set', 'delete', 'clear', 'invalidate', 'flush'];

/** Says which stores could not do what they were to do, and returns whether any could not. */
export const complainOfFaults = ({ faults }: AnswerStores, consequence: string): boolean => {
  const failed = faults.filter(({ operation }) => askedFor.includes(operation));
  for (const [store, error] of new Map(failed.map(({ store, error }) => [store, error]))) {
    const { code, message } = describeError(error);
    complain(code, `${store}: ${message} ${consequence}`);
  }
  return failed.length > 0;
};

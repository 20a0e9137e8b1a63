import type { ResolvedConfig } from './config.ts';
import { type FindPluginsOptions, findConfig } from './plugins/find-plugins.ts';
import { openPlugins, type Plugins } from './plugins/open-plugins.ts';

/** The cache as it is configured, with the plugins where its store is one of theirs. */
export type CacheSettings = ResolvedConfig['cache'] & { readonly plugins?: Plugins };

/** The cache as it is configured, without a look at providers. Throws `ConfigError`. */
export const findCacheSettings = async (given?: FindPluginsOptions): Promise<CacheSettings> => {
  const { config, options } = await findConfig(given);
  return config.cache.store === undefined ? config.cache : { ...config.cache, plugins: await openPlugins(options) };
};

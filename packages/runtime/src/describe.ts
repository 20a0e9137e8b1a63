import type { ResolvedConfig, ResolvedProvider } from './config.ts';
import type { PluginSettings } from './plugins/plugin-settings.ts';
import { showableUrl } from './providers.ts';

const hidden = '***';

/** What plugins are told may be secret, and only they know which part. */
const hide = (settings: PluginSettings): PluginSettings =>
  Object.fromEntries(Object.keys(settings).map((name) => [name, hidden]));

const describeSettings = (provider: ResolvedProvider): ResolvedProvider => {
  if (provider.type === 'sim') return provider;
  if (provider.type === 'plugin')
    return { ...provider, ...(provider.settings && { settings: hide(provider.settings) }) };
  return {
    ...provider,
    ...(provider.apiKey !== undefined && { apiKey: hidden }),
    ...(provider.baseUrl !== undefined && { baseUrl: showableUrl(provider.baseUrl) }),
    ...(provider.headers !== undefined && {
      headers: Object.fromEntries(Object.keys(provider.headers).map((name) => [name, hidden])),
    }),
  };
};

const describeCache = (cache: ResolvedConfig['cache']): ResolvedConfig['cache'] => ({
  ...cache,
  ...(cache.redis !== undefined && { redis: { ...cache.redis, url: showableUrl(cache.redis.url) } }),
  ...(cache.store?.settings && { store: { ...cache.store, settings: hide(cache.store.settings) } }),
  ...(cache.encryption !== undefined && {
    encryption: {
      ...cache.encryption,
      keys: Object.fromEntries(Object.keys(cache.encryption.keys).map((id) => [id, hidden])),
    },
  }),
});

/** A configuration fit to be shown: keys, headers and passwords in addresses are replaced by `***`. */
export const describeConfig = (config: ResolvedConfig): ResolvedConfig => ({
  ...config,
  cache: describeCache(config.cache),
  plugins: {
    ...config.plugins,
    settings: Object.fromEntries(Object.entries(config.plugins.settings).map(([name, given]) => [name, hide(given)])),
  },
  providers: Object.fromEntries(
    Object.entries(config.providers).map(([id, provider]) => [id, describeSettings(provider)]),
  ),
});

import type { ResolvedConfig, ResolvedProvider } from './config.ts';
import { showableUrl } from './providers.ts';

const hidden = '***';

const describeSettings = (provider: ResolvedProvider): ResolvedProvider => {
  if (provider.type === 'sim') return provider;
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
  providers: Object.fromEntries(
    Object.entries(config.providers).map(([id, provider]) => [id, describeSettings(provider)]),
  ),
});

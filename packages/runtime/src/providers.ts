import { anthropic, openai, openaiCompatible, type Provider, RouterError, sim, xai } from '@hotpath/ai-router';
import type { ResolvedProvider } from './config.ts';
import type { DetectedProvider } from './environment.ts';
import type { Warning } from './warning.ts';

/** A provider in use, fit to be shown: no key, no headers. */
export interface ProviderDescription {
  readonly id: string;
  readonly type: ResolvedProvider['type'];
  /** `configuration`, `built in`, or what it was found by. */
  readonly source: string;
  readonly baseUrl?: string;
  readonly hasKey: boolean;
}

type UpstreamProvider = Exclude<ResolvedProvider, { readonly type: 'sim' | 'plugin' }>;
/** One that is not a plugin's. */
export type BuiltInProvider = Exclude<ResolvedProvider, { readonly type: 'plugin' }>;

export interface MergedProvider {
  readonly id: string;
  readonly config: ResolvedProvider;
  readonly source: string;
}

/** Whether it is an API that a key and an address belong to. */
const isUpstream = (config: ResolvedProvider): config is UpstreamProvider =>
  config.type !== 'sim' && config.type !== 'plugin';

/**
 * Puts the configured providers together with those found. The configuration wins by id, whole: its address never gets
 * a key from the environment. Only one that names neither key nor address takes both from the environment.
 */
export const mergeProviders = (
  configured: Readonly<Record<string, ResolvedProvider>>,
  detected: readonly DetectedProvider[],
): readonly MergedProvider[] => {
  const merged = new Map<string, MergedProvider>(detected.map((provider) => [provider.id, provider]));
  for (const [id, config] of Object.entries(configured)) {
    const found = merged.get(id);
    const bare = isUpstream(config) && config.apiKey === undefined && config.baseUrl === undefined;
    merged.set(
      id,
      found !== undefined && bare && found.config.type === config.type
        ? { id, config: { ...found.config, ...config }, source: `configuration and ${found.source}` }
        : { id, config, source: 'configuration' },
    );
  }
  return [...merged.values()];
};

/** Warns of those that cannot work: the well-known APIs without a key. */
export const warnOfMissingKeys = (providers: readonly MergedProvider[]): readonly Warning[] =>
  providers.flatMap(({ id, config }) => {
    if (!isUpstream(config) || config.type === 'openai-compatible') return [];
    if (config.apiKey !== undefined || config.baseUrl !== undefined || config.headers !== undefined) return [];
    if (config.passThroughKeys === true) return [];
    const message = `providers.${id} has no apiKey, so it answers only clients that send one of their own. Set ${config.type.toUpperCase()}_API_KEY, or write apiKey in the configuration.`;
    return [{ code: 'PROVIDER_KEY_MISSING', message }];
  });

// OpenAI's way has the version in the base URL. A bare host cannot be meant: nothing answers there.
const withVersion = (baseUrl: string): string => {
  const url = new URL(baseUrl);
  return url.pathname === '/' && url.search === '' ? `${url.origin}/v1` : baseUrl;
};

const defaultListTimeoutMs = 5000;

/** A list waits for all providers: one that stays silent becomes a failure of its own, and the others are listed. */
export const withListLimit = (provider: Provider, timeoutMs: number = defaultListTimeoutMs): Provider => ({
  ...provider,
  async models(options) {
    const limit = new AbortController();
    const timer = setTimeout(() => {
      const message = `the list took longer than ${timeoutMs} ms. Try again, or name the models in providers.${provider.id}.models.`;
      limit.abort(
        new RouterError('ROUTER_UPSTREAM_TIMEOUT', message, { status: 504, isRetryable: true, provider: provider.id }),
      );
    }, timeoutMs);
    try {
      const signal = options?.signal === undefined ? limit.signal : AbortSignal.any([options.signal, limit.signal]);
      return await provider.models({ ...options, signal });
    } finally {
      clearTimeout(timer);
    }
  },
});

/** Makes the provider that a configuration describes; a list of its models takes at most `listTimeoutMs`. */
export const buildProvider = (id: string, config: BuiltInProvider, listTimeoutMs?: number): Provider =>
  withListLimit(providerFor(id, config), listTimeoutMs);

const providerFor = (id: string, config: BuiltInProvider): Provider => {
  if (config.type === 'sim') {
    const { type: _, ...options } = config;
    return sim({ id, ...options });
  }
  const { type, baseUrl, ...options } = config;
  switch (type) {
    case 'anthropic':
      return anthropic({ id, ...options, ...(baseUrl !== undefined && { baseUrl }) });
    case 'openai':
      return openai({ id, ...options, ...(baseUrl !== undefined && { baseUrl: withVersion(baseUrl) }) });
    case 'xai':
      return xai({ id, ...options, ...(baseUrl !== undefined && { baseUrl: withVersion(baseUrl) }) });
    case 'openai-compatible':
      // The schema has made sure of the address.
      return openaiCompatible({ id, ...options, baseUrl: baseUrl ?? '' });
  }
};

/** The address without what may be secret in it: a password, and the values of its query. */
export const showableUrl = (address: string): string => {
  const url = new URL(address);
  if (url.username === '' && url.password === '' && url.search === '') return address;
  if (url.username !== '' || url.password !== '') url.username = '***';
  url.password = '';
  for (const name of new Set(url.searchParams.keys())) url.searchParams.set(name, '***');
  return url.href;
};

export const describeProvider = ({ id, config, source }: MergedProvider): ProviderDescription => {
  if (!isUpstream(config)) return { id, type: config.type, source, hasKey: false };
  const baseUrl = config.baseUrl === undefined ? {} : { baseUrl: showableUrl(config.baseUrl) };
  return { id, type: config.type, source, ...baseUrl, hasKey: config.apiKey !== undefined };
};

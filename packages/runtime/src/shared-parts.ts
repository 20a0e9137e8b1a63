import { createLimitMemory, type LimitMemory, type Provider } from '@hotpath/ai-router';
import type { ResolvedConfig } from './config.ts';
import { openCache } from './open-cache.ts';
import type { Plugins } from './plugins/open-plugins.ts';
import { buildProvider } from './providers.ts';

type OpenedCache = Awaited<ReturnType<typeof openCache>>;

/**
 * Parts of compositions that follow one another: what one has already, the next one gets again where its settings are the
 * same. The cache keeps its memory, a provider its connections. Each part is closed when the last composition that has it
 * closes it.
 */
export interface SharedParts {
  /** The very provider that was built before. Each composition closes it once. */
  readonly buildProvider: typeof buildProvider;
  /** `isWarm`: it was open already, and its memory is as full as it should be. */
  openCache(...options: Parameters<typeof openCache>): Promise<OpenedCache & { readonly isWarm: boolean }>;
  /** The same plugins as were in use, where they and what they are told have stayed the same. Each composition closes them once. */
  holdPlugins(plugins: Plugins): Plugins;
  /** What has been used up of limits, whatever they are by now. */
  readonly limits: LimitMemory;
}

/** What a cache is opened with; the rest of its settings is told to the router, which is made anew each time. */
const storageOf = ({
  temperature: _temperature,
  scope: _scope,
  maxAnswerBytes: _maxAnswerBytes,
  warmEntries: _warmEntries,
  warmBudgetMs: _warmBudgetMs,
  ...storage
}: ResolvedConfig['cache']): object => storage;

interface SharedProvider {
  readonly provider: Provider;
  holders: number;
}

const createProviderPool = (): typeof buildProvider => {
  const pool = new Map<string, SharedProvider>();
  return (id, config, listTimeoutMs) => {
    const key = JSON.stringify([id, config, listTimeoutMs]);
    const known = pool.get(key);
    if (known) {
      known.holders += 1;
      return known.provider;
    }
    const built = buildProvider(id, config, listTimeoutMs);
    const shared: SharedProvider = {
      provider: {
        ...built,
        async close() {
          shared.holders -= 1;
          if (shared.holders !== 0) return;
          pool.delete(key);
          await built.close();
        },
      },
      holders: 1,
    };
    pool.set(key, shared);
    return shared.provider;
  };
};

interface SharedCache {
  readonly opening: Promise<OpenedCache>;
  holders: number;
}

const createCachePool = (): SharedParts['openCache'] => {
  const pool = new Map<string, SharedCache>();
  return async (settings, options) => {
    // A store lives as long as the plugin that it is of.
    const key = JSON.stringify([storageOf(settings), settings.store && options?.plugins?.key]);
    const known = pool.get(key);
    const shared = known ?? { opening: openCache(settings, options), holders: 0 };
    shared.holders += 1;
    pool.set(key, shared);
    const letGo = (): boolean => {
      shared.holders -= 1;
      return shared.holders === 0 && pool.delete(key);
    };
    try {
      const { cache, warnings } = await shared.opening;
      if (cache === undefined) {
        letGo();
        return { cache, warnings, isWarm: false };
      }
      let closing: Promise<void> | undefined;
      const close = (): Promise<void> => {
        closing ??= letGo() ? cache.close() : Promise.resolve();
        return closing;
      };
      return { cache: { ...cache, close, [Symbol.asyncDispose]: close }, warnings, isWarm: known !== undefined };
    } catch (error) {
      letGo();
      throw error;
    }
  };
};

const createPluginsPool = (): SharedParts['holdPlugins'] => {
  const pool = new Map<string, { readonly plugins: Plugins; holders: number }>();
  return (found) => {
    const { key } = found;
    const shared = pool.get(key) ?? { plugins: found, holders: 0 };
    shared.holders += 1;
    pool.set(key, shared);
    // Nobody is to use what was found beside what there is: it may still be writing down what it found.
    const spare = shared.plugins === found ? undefined : found.close();
    let closing: Promise<void> | undefined;
    const letGo = async (): Promise<void> => {
      await spare;
      shared.holders -= 1;
      if (shared.holders > 0) return;
      pool.delete(key);
      await shared.plugins.close();
    };
    return {
      ...shared.plugins,
      close: () => {
        closing ??= letGo();
        return closing;
      },
    };
  };
};

export const createSharedParts = (): SharedParts => ({
  holdPlugins: createPluginsPool(),
  buildProvider: createProviderPool(),
  openCache: createCachePool(),
  limits: createLimitMemory(),
});

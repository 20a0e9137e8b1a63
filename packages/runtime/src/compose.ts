import { homedir } from 'node:os';
import { resolve } from 'node:path';
import {
  type CachedAnswer,
  createRouter,
  type LimitOptions,
  listPrices,
  type PriceTable,
  type Provider,
  withOwnPrices,
} from '@hotpath/ai-router';
import type { Cache } from '@hotpath/cache';
import { type HotpathConfig, type ResolvedConfig, withDefaults } from './config.ts';
import { type Detection, detectFromEnvironment } from './environment.ts';
import { type Folders, findFolders } from './folders.ts';
import type { Hotpath } from './hotpath.ts';
import { checkConfig, type LoadedConfig, loadConfig } from './load-config.ts';
import { detectOllama } from './ollama.ts';
import { openCache } from './open-cache.ts';
import { bootPlugins, openPlugins, type Plugins } from './plugins/open-plugins.ts';
import { loadPluginPrices, type PluginPrices } from './plugins/prices.ts';
import { buildPluginProvider, findPluginProviders, warnOfMissingPlugins } from './plugins/providers.ts';
import {
  buildProvider,
  describeProvider,
  type MergedProvider,
  mergeProviders,
  warnOfMissingKeys,
} from './providers.ts';
import type { ImportModule } from './read-module.ts';
import { openShapeKey } from './shape-key.ts';
import type { SharedParts } from './shared-parts.ts';
import { warmLater } from './warm-cache.ts';
import type { Warning } from './warning.ts';

export interface HotpathOptions {
  /** A configuration file to use whatever else there is. Ignored where a configuration is given in code. */
  readonly configFile?: string | undefined;
  /** Where to look for a configuration file, and where relative paths start. @default the working folder */
  readonly folder?: string | undefined;
  /** Environment variables to read. @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Chooses the port that the caller is going to listen on; no provider from the environment may be that one. */
  readonly ownPort?: ((config: ResolvedConfig) => Promise<number>) | undefined;
  /**
   * The only names of models that will be asked, undefined for the default model. Where each leads to a provider that is known
   * without it, nobody looks for a local Ollama, which takes longer than an answer from the cache. @default any
   */
  readonly asks?: readonly (string | undefined)[] | undefined;
  /** How long a local Ollama may take to answer, milliseconds. @default 150 */
  readonly ollamaTimeoutMs?: number | undefined;
  /** How long a provider may take to list its models before it counts as failed, milliseconds. @default 5000 */
  readonly listTimeoutMs?: number | undefined;
  /**
   * How long price tables of plugins may take to be loaded, milliseconds; costs are told without one that takes longer.
   * @default as long as plugins may
   */
  readonly pricesTimeoutMs?: number | undefined;
  /**
   * Whether to bring the most used answers back into memory after the start, as `cache.warmEntries` says, and to go on with
   * batches that other processes have left behind. Only worth it for a process that goes on answering. @default true
   */
  readonly warmCache?: boolean | undefined;
  /** Folders whose `node_modules` are looked through for plugins after the project's. @default the one that Hotpath is installed in */
  readonly packageRoots?: readonly string[] | undefined;
  /** Parts shared with compositions before and after this one. @default all its own */
  readonly parts?: SharedParts | undefined;
  /** Loads a configuration that is a module. @default `import`, to which a module stays what it was at first */
  readonly importModule?: ImportModule | undefined;
  /** The limits of the names in `Exchange.limits`, such as those of keys. @default none */
  readonly limitsOf?: LimitOptions['others'] | undefined;
  /** Clock in epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** A configuration with all that goes with it, before anything is opened. */
export interface Plan {
  readonly config: ResolvedConfig;
  readonly configFile: string | undefined;
  readonly folders: Folders;
  readonly providers: readonly MergedProvider[];
  /** Those that only clients with a key of their own reach. */
  readonly guests: readonly MergedProvider[];
  readonly plugins: Plugins;
  readonly simulated: boolean;
  readonly warnings: readonly Warning[];
}

const simulator: MergedProvider = { id: 'sim', config: { type: 'sim' }, source: 'built in' };
const nothingFound: Detection = { providers: [], warnings: [] };

/**
 * Works out the effective configuration without opening anything: file, environment, a local Ollama, defaults.
 * Throws `ConfigError`.
 */
export const planHotpath = async (given?: HotpathConfig, options: HotpathOptions = {}): Promise<Plan> => {
  const environment = options.environment ?? process.env;
  const folder = resolve(options.folder ?? '.');
  const home = homedir();
  const folders = findFolders({ environment });

  const places = { environment, folder, userFolder: folders.config, file: options.configFile };

  const enough = new AbortController();
  const lookForOllama = (): Promise<Detection> =>
    detectOllama({
      environment,
      signal: enough.signal,
      ...(options.ollamaTimeoutMs !== undefined && { timeoutMs: options.ollamaTimeoutMs }),
    });
  // The search runs beside the reading of the configuration, which may then do without its result.
  const ollama = options.asks === undefined ? lookForOllama() : undefined;
  let loaded: LoadedConfig;
  try {
    loaded =
      given === undefined
        ? await loadConfig({ ...places, home, importModule: options.importModule })
        : { config: await checkConfig(given, { environment, folder, home }), file: undefined };
  } catch (error) {
    enough.abort();
    throw error;
  }

  const config = withDefaults(loaded.config, folders);
  const defaultModel = environment.HOTPATH_MODEL?.trim() || config.defaultModel;
  const ownPort = await options.ownPort?.(config);
  const fromEnvironment = config.detect.environment ? detectFromEnvironment(environment, ownPort) : nothingFound;
  const plugins = await openPlugins({
    settings: config.plugins,
    folders,
    projectFolder: folder,
    // A configuration given in code is nobody else's.
    configPlaces: given === undefined ? places : undefined,
    configFile: loaded.file,
    packageRoots: options.packageRoots,
  });
  const contributed = findPluginProviders(plugins, config.providers);
  const wantsOllama =
    config.detect.ollama &&
    config.providers.ollama === undefined &&
    !(
      options.asks &&
      areReached(options.asks, { ...config, defaultModel }, [...fromEnvironment.providers, ...contributed])
    );
  if (!wantsOllama) enough.abort();
  const found = [fromEnvironment, wantsOllama ? await (ollama ?? lookForOllama()) : nothingFound];
  const detected = found.flatMap((detection) => detection.providers);
  const taken = new Set(detected.map(({ id }) => id));
  const merged = mergeProviders(config.providers, [...detected, ...contributed.filter(({ id }) => !taken.has(id))]);
  const simulated = merged.length === 0;
  return {
    config: { ...config, ...(defaultModel !== undefined && { defaultModel }) },
    configFile: loaded.file,
    folders,
    providers: simulated ? [simulator] : merged,
    guests: found
      .flatMap(({ guests = [] }) => guests)
      .filter(({ id }) => !merged.some((provider) => provider.id === id)),
    simulated,
    plugins,
    warnings: [
      ...found.flatMap((detection) => detection.warnings),
      ...warnOfMissingKeys(merged),
      ...plugins.warnings,
      ...warnOfMissingPlugins(plugins, merged),
    ],
  };
};

/** A value under a name that somebody gave: `constructor` is one that every object inherits. */
const ownValue = <Value>(object: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** Whether each name leads to providers that are configured, or known otherwise. */
const areReached = (
  names: readonly (string | undefined)[],
  {
    aliases,
    providers,
    routes,
    defaultModel = '',
  }: Omit<ResolvedConfig, 'defaultModel'> & { readonly defaultModel: string | undefined },
  others: readonly { readonly id: string }[],
): boolean => {
  const ids = new Set([...Object.keys(providers), ...others.map(({ id }) => id)]);
  return names
    .map((name = defaultModel) => ownValue(aliases, name) ?? name)
    .flatMap((name) => ownValue(routes, name)?.targets.map((to) => (typeof to === 'string' ? to : to.model)) ?? [name])
    .every((model) => ids.has(model.slice(0, Math.max(0, model.indexOf('/')))));
};

/**
 * Assembles router, providers and cache from one configuration. Without one, looks for `hotpath.config.*`, for keys in
 * the environment and for a local Ollama; finds it nothing, the built-in simulator answers and `simulated` is true.
 * Throws `ConfigError`.
 *
 * @example
 * await using hotpath = await createHotpath();
 * const { text } = await hotpath.router.query({ prompt: 'Say hello.' });
 */
export const createHotpath = async (given?: HotpathConfig, options: HotpathOptions = {}): Promise<Hotpath> =>
  composeHotpath(await planHotpath(given, options), options);

/** Assembles what was planned. Where something does not fit, nothing stays open. */
export const composeHotpath = async (plan: Plan, options: HotpathOptions = {}): Promise<Hotpath> => {
  const { parts, listTimeoutMs } = options;
  const plugins = parts?.holdPlugins(plan.plugins) ?? plan.plugins;
  const booting = bootPlugins(plugins);
  const pricing = loadPluginPrices(plugins, options.pricesTimeoutMs);
  const opened = await (parts?.openCache ?? openCache)(plan.config.cache, { now: options.now, plugins });
  const { cache } = opened;
  const buildOwn = parts?.buildProvider ?? buildProvider;
  const build = ({ id, config }: MergedProvider): Provider =>
    config.type === 'plugin'
      ? buildPluginProvider(id, config, plugins, listTimeoutMs)
      : buildOwn(id, config, listTimeoutMs);
  const [providers, guests] = [plan.providers, plan.guests].map((some) => some.map(build)) as [Provider[], Provider[]];
  try {
    return await assemble(plan, options, {
      providers,
      guests,
      cache,
      plugins,
      fromPlugins: await pricing,
      warnings: [...opened.warnings, ...(await booting)],
      isWarm: 'isWarm' in opened && opened.isWarm === true,
    });
  } catch (error) {
    await Promise.allSettled([...[...providers, ...guests].map((provider) => provider.close()), cache?.close()]);
    await plugins.close();
    throw error;
  }
};

interface OpenedParts {
  readonly providers: readonly Provider[];
  readonly guests: readonly Provider[];
  readonly cache: Cache<CachedAnswer> | undefined;
  readonly plugins: Plugins;
  readonly fromPlugins: PluginPrices;
  readonly warnings: readonly Warning[];
  readonly isWarm: boolean;
}

const assemble = async (
  plan: Plan,
  options: HotpathOptions,
  { providers, guests, cache, plugins, fromPlugins, warnings, isWarm }: OpenedParts,
): Promise<Hotpath> => {
  const { aliases, routes, promptCache, attempts, limits, defaultModel, timeouts } = plan.config;
  const { ttlMs, temperature, maxAnswerBytes } = plan.config.cache;
  const prices = pricesOf(plan, fromPlugins.prices);
  const { enabled: hasEconomy, path: journalPath, ...economy } = plan.config.economy;
  // The simulator alone needs no choice of model.
  const model = defaultModel ?? (plan.simulated ? await firstModel(providers) : undefined);
  const router = createRouter({
    providers,
    guests,
    aliases,
    routes,
    promptCache,
    attempts,
    prices,
    ...((limits || options.limitsOf) && {
      limits: {
        ...limits,
        ...(options.limitsOf && { others: options.limitsOf }),
        ...(options.parts && { memory: options.parts.limits }),
      },
    }),
    timeouts,
    ...(plan.config.telemetry.enabled && { shapeKey: () => openShapeKey(plan.folders.state) }),
    ...(hasEconomy && { economy: { journalPath, ...economy, resume: options.warmCache !== false } }),
    cachePolicy: { ttlMs, temperature, maxAnswerBytes },
    ...(model !== undefined && { defaultModel: model }),
    ...(cache !== undefined && { cache }),
    ...(options.now !== undefined && { now: options.now }),
  });

  const stopWarming =
    cache === undefined || isWarm || options.warmCache === false ? () => {} : warmLater(cache, plan.config.cache);

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      stopWarming();
      await router.close();
      await cache?.close();
      await plugins.close();
    })();
    return closing;
  };
  return {
    router,
    cache,
    prices,
    config: { ...plan.config, ...(model !== undefined && { defaultModel: model }) },
    configFile: plan.configFile,
    folders: plan.folders,
    providers: plan.providers.map(describeProvider),
    plugins,
    simulated: plan.simulated,
    warnings: [...plan.warnings, ...warnings, ...fromPlugins.warnings],
    close,
    [Symbol.asyncDispose]: close,
  };
};

const pricesOf = ({ config, providers }: Plan, fromPlugins: ResolvedConfig['prices']): PriceTable => {
  const own = { ...fromPlugins, ...config.prices };
  if (Object.keys(own).length === 0) return listPrices;
  return withOwnPrices(
    listPrices,
    own,
    providers.map(({ id }) => id),
  );
};

const firstModel = async (
  providers: readonly { readonly id: string; models(): Promise<readonly string[]> }[],
): Promise<string | undefined> => {
  const [only] = providers;
  const [model] = (await only?.models()) ?? [];
  return only === undefined || model === undefined ? undefined : `${only.id}/${model}`;
};

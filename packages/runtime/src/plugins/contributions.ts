import type { Provider, TextProviderOptions } from '@hotpath/ai-router';
import type { CacheStore } from '@hotpath/cache';
import type { ContributionTypes, MaybePromise, PluginDefinition } from '@hotpath/plugin-loader';
import type { PriceConfig } from '../routing-config.ts';
import type { PluginCommand } from './command.ts';
import type { PluginSettings } from './plugin-settings.ts';

/** Makes a provider; called again with each configuration that is put in place. */
export type ProviderPlugin = (options: {
  /** What stands before the slash in `provider/model`: the provider's `id`. */
  readonly id: string;
  readonly settings: PluginSettings;
  /** Makes a provider of a function that answers in text. Handed in, so that a plugin without `node_modules` has it too. */
  readonly textProvider: (options: TextProviderOptions) => Provider;
}) => MaybePromise<Provider>;

/** Opens the store that answers are kept in, in place of the SQLite file. */
export type StorePlugin = (options: {
  readonly settings: PluginSettings;
  /** How long an answer is kept, milliseconds. */
  readonly ttlMs: number;
  /** Bound on what the store holds, bytes (`cache.diskBytes`). */
  readonly maxBytes: number;
  /** Current time, epoch milliseconds. */
  readonly now: () => number;
}) => MaybePromise<CacheStore<Uint8Array>>;

/** Prices by model or by `provider/model`, as under `prices` of a configuration. */
export type PriceTablePlugin = Readonly<Record<string, PriceConfig>>;

/** What a contribution of each kind is. The kinds without a type of their own are kept for whoever asks for them. */
export interface HotpathContributions extends ContributionTypes {
  readonly commands: PluginCommand;
  readonly providers: ProviderPlugin;
  readonly stores: StorePlugin;
  readonly prices: PriceTablePlugin;
}

/** What a plugin is told, beside what every plugin host tells. */
export interface HotpathPluginContext {
  /** What stands under `plugins.settings.<name>` of the configuration. @default {} */
  readonly settings: PluginSettings;
  /** The folder that Hotpath was started in. */
  readonly projectFolder: string;
  /** A folder of the plugin's own for what it keeps; it need not exist. */
  readonly dataFolder: string;
}

export type HotpathPlugin = PluginDefinition<HotpathPluginContext, HotpathContributions>;

/** Types a plugin for Hotpath: make it the default export of the module that the manifest's `main` names. */
export const definePlugin = (plugin: HotpathPlugin): HotpathPlugin => plugin;

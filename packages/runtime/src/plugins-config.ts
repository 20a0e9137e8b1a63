import type { PluginSettings } from './plugins/plugin-settings.ts';
import type { Duration } from './quantity.ts';

/** Which plugins are used, and what they are told. */
export interface PluginsConfig {
  /** @default true */
  readonly enabled?: boolean | string | undefined;
  /** Folders with a plugin in each; relative to the configuration's folder. @default none */
  readonly folders?: readonly string[] | undefined;
  /** Names of plugins that are left out. @default none */
  readonly disabled?: readonly string[] | undefined;
  /** By a plugin's name, handed to it as it stands here. Write a key as `'${ACME_KEY}'`. */
  readonly settings?: Readonly<Record<string, PluginSettings>> | undefined;
  /** How long a plugin may take until it is given up. */
  readonly timeouts?:
    | {
        /** To be imported. @default 10 s */
        readonly importMs?: Duration | undefined;
        /** To be activated, to make a provider, and to open a store. @default 10 s */
        readonly activationMs?: Duration | undefined;
        /** To be deactivated, and to close a provider or a store. @default 5 s */
        readonly deactivationMs?: Duration | undefined;
      }
    | undefined;
}

/** The same with every default filled in. */
export interface ResolvedPlugins {
  readonly enabled: boolean;
  /** Absolute. */
  readonly folders: readonly string[];
  readonly disabled: readonly string[];
  readonly settings: Readonly<Record<string, PluginSettings>>;
  readonly timeouts: { readonly importMs: number; readonly activationMs: number; readonly deactivationMs: number };
}

/** What a configuration says of it after validation, before the defaults. */
export type ValidPlugins = Partial<Omit<ResolvedPlugins, 'timeouts'>> & {
  readonly timeouts?: Partial<ResolvedPlugins['timeouts']>;
};

/** Fills in the defaults. */
export const pluginsWithDefaults = (config: ValidPlugins | undefined): ResolvedPlugins => ({
  enabled: true,
  folders: [],
  disabled: [],
  settings: {},
  ...config,
  timeouts: { importMs: 10_000, activationMs: 10_000, deactivationMs: 5_000, ...config?.timeouts },
});

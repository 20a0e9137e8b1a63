import { channel } from 'node:diagnostics_channel';
import type { ConfigProblem } from './errors.ts';
import type { Warning } from './warning.ts';

/** A configuration was loaded anew, because its file changed or somebody asked for it. It never holds a secret. */
export interface ConfigReloadEvent {
  readonly cause: 'file' | 'request';
  /**
   * `applied`: it is in use from now on. `unchanged`: it says what is in use already. `rejected`: something is wrong with
   * it, and what was in use stays.
   */
  readonly outcome: 'applied' | 'unchanged' | 'rejected';
  readonly file: string | undefined;
  readonly durationMs: number;
  /** Settings that changed and take effect with the next start only, such as `server.port`. */
  readonly needsRestart: readonly string[];
  /** Those that were not there before. */
  readonly warnings: readonly Warning[];
  /** What is wrong, where it was rejected, in the words of `hotpath config check`. */
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly problems: readonly ConfigProblem[];
  };
}

/** The files of a plugin changed while it was watched. */
export interface PluginReloadEvent {
  /** Its name, or its folder where no manifest tells one. */
  readonly plugin: string;
  /**
   * `reloaded`: the new code is in use. `rejected`: something is wrong with it, and what was in use stays. `failed`: the same, and
   * nothing of the plugin is in use, since it was imported and then failed, or none was before.
   */
  readonly outcome: 'reloaded' | 'rejected' | 'failed';
  readonly durationMs: number;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The channels of `node:diagnostics_channel` on which the runtime speaks. Publishing costs nothing unheard. */
export const channels = {
  configReload: channel<ConfigReloadEvent>('hotpath:runtime:config-reload'),
  pluginReload: channel<PluginReloadEvent>('hotpath:runtime:plugin-reload'),
} as const;

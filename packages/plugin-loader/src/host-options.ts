import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { optionInvalid } from './errors.ts';
import type { PluginEvent } from './events.ts';
import type { PluginTimeouts } from './load-plugins.ts';
import type { DiscoveredPlugin } from './plan.ts';
import type { QuarantineLimits } from './plugin-state.ts';
import type { PluginSource } from './source.ts';

export interface PluginHostOptions<Context extends object = object> {
  /** Where plugins come from. Earlier ones win: project before user before npm. */
  readonly sources: readonly PluginSource[];
  /** Version of the host, which the ranges in manifests are held against (https://semver.org). */
  readonly hostVersion: string;
  /**
   * Keeps what manifests say, and the plan, between starts. Not in a folder of plugins, which it would change whenever it is written.
   * @default none: every start reads them all
   */
  readonly indexFile?: string | undefined;
  /** Keeps which plugins crash or fail. @default none: nothing is remembered and nobody quarantined */
  readonly stateFile?: string | undefined;
  /** Names of plugins that are not to be used. */
  readonly disabled?: readonly string[] | undefined;
  /** Plugins that a boot imports or activates at the same time. @default 16 */
  readonly concurrency?: number | undefined;
  readonly timeouts?: (Partial<PluginTimeouts> & { readonly sourceMs?: number }) | undefined;
  readonly quarantine?: Partial<QuarantineLimits> | undefined;
  /** What plugins are given beside `PluginContext`. Plugins in workers get what of it can be copied. */
  readonly context?: ((plugin: DiscoveredPlugin) => Context) | undefined;
  /** Told of everything that happens, as the channels are. */
  readonly onEvent?: ((event: PluginEvent) => void) | undefined;
  /** @default the system's */
  readonly clock?: Clock | undefined;
}

export interface ResolvedOptions {
  readonly concurrency: number;
  readonly timeouts: PluginTimeouts & { readonly sourceMs: number };
  readonly quarantine: QuarantineLimits;
  readonly clock: Clock;
}

const positive = (option: string, value: number | undefined, fallback: number): number => {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !(value > 0)) throw optionInvalid(option, value, 'a number above 0');
  return value;
};

/** Fills in the defaults. Throws `PLUGIN_OPTION_INVALID`. */
export const resolveOptions = (options: PluginHostOptions): ResolvedOptions => {
  const { hostVersion, concurrency, timeouts = {}, quarantine = {}, clock = systemClock } = options;
  if (!/^\d+\.\d+\.\d+/.test(hostVersion)) throw optionInvalid('hostVersion', hostVersion, 'a version such as "1.2.3"');
  return {
    concurrency: Math.ceil(positive('concurrency', concurrency, 16)),
    timeouts: {
      importMs: positive('timeouts.importMs', timeouts.importMs, 10_000),
      activationMs: positive('timeouts.activationMs', timeouts.activationMs, 10_000),
      deactivationMs: positive('timeouts.deactivationMs', timeouts.deactivationMs, 5_000),
      sourceMs: positive('timeouts.sourceMs', timeouts.sourceMs, 5_000),
    },
    quarantine: {
      crashes: positive('quarantine.crashes', quarantine.crashes, 2),
      failures: positive('quarantine.failures', quarantine.failures, 3),
    },
    clock,
  };
};

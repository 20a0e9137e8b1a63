import type {
  DeclaredContribution,
  PluginError,
  PluginHost,
  PluginManifest,
  PluginStatus,
} from '@hotpath/plugin-loader';
import type { Warning } from '../warning.ts';

/** What manifests tell, all of it plain data. */
export interface PluginCatalogue {
  readonly contributions: readonly DeclaredContribution[];
  /** Whether some want to be loaded without being used. */
  readonly boots: boolean;
  /** The events that some wait for, such as `serve`. */
  readonly events: readonly string[];
  /** What is wrong with some of them. */
  readonly warnings: readonly Warning[];
}

export const emptyCatalogue: PluginCatalogue = { contributions: [], boots: false, events: [], warnings: [] };

const startsItself = ({ core, activates }: PluginManifest): boolean =>
  core || activates.includes('always') || activates.includes('idle');

/** Nobody needs to be told at each start what they wanted themselves. */
const intended = new Set(['PLUGIN_DISABLED']);

export const warningsOf = (problems: readonly PluginError[]): readonly Warning[] =>
  problems.flatMap(({ code, message }) => (intended.has(code) ? [] : [{ code, message }]));

const eventsOf = ({ activates }: PluginManifest): readonly string[] =>
  activates.flatMap((trigger) => (trigger.startsWith('event:') ? [trigger.slice('event:'.length)] : []));

/** Those that cannot be used are out of it from discovery on; what became of the others since changes nothing. */
export const unused: ReadonlySet<PluginStatus> = new Set(['skipped', 'disabled', 'quarantined']);

export const catalogueOf = (host: PluginHost): PluginCatalogue => {
  const usable = host.plugins().flatMap(({ manifest, status }) => (unused.has(status) ? [] : [manifest]));
  return {
    contributions: host.contributions(),
    boots: usable.some(startsItself),
    events: [...new Set(usable.flatMap(eventsOf))],
    warnings: warningsOf(host.problems()),
  };
};

/** What plugins do by their manifests: catalogues that say the same need not be told apart. */
export const sayings = ({ contributions, boots, events }: PluginCatalogue): string =>
  JSON.stringify([contributions, boots, events]);

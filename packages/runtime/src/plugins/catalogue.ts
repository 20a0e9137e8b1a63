import type { DeclaredContribution, PluginError, PluginHost, PluginManifest } from '@hotpath/plugin-loader';
import type { Warning } from '../warning.ts';

/** What manifests tell, all of it plain data. */
export interface PluginCatalogue {
  readonly contributions: readonly DeclaredContribution[];
  /** Whether some want to be loaded without being used. */
  readonly boots: boolean;
  /** What is wrong with some of them. */
  readonly warnings: readonly Warning[];
}

export const emptyCatalogue: PluginCatalogue = { contributions: [], boots: false, warnings: [] };

const startsItself = ({ core, activates }: PluginManifest): boolean =>
  core || activates.includes('always') || activates.includes('idle');

/** Nobody needs to be told at each start what they wanted themselves. */
const intended = new Set(['PLUGIN_DISABLED']);

export const warningsOf = (problems: readonly PluginError[]): readonly Warning[] =>
  problems.flatMap(({ code, message }) => (intended.has(code) ? [] : [{ code, message }]));

export const catalogueOf = (host: PluginHost): PluginCatalogue => ({
  contributions: host.contributions(),
  boots: host.plugins().some(({ manifest, status }) => status === 'ready' && startsItself(manifest)),
  warnings: warningsOf(host.problems()),
});

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContributionKind, DeclaredContribution, PluginEvent, PluginHost } from '@hotpath/plugin-loader';
import { type FileStamp, stampFile } from '@hotpath/plugin-loader/stamps';
import type { ResolvedConfig } from '../config.ts';
import { type ConfigPlacesOptions, configCandidates } from '../config-files.ts';
import { version } from '../version.ts';
import type { Warning } from '../warning.ts';
import { catalogueOf, emptyCatalogue, type PluginCatalogue, sayings, warningsOf } from './catalogue.ts';
import type { HotpathContributions, HotpathPluginContext } from './contributions.ts';
import { digestFile, readDigest, writeDigest } from './digest.ts';
import { openDisabledList } from './disabled-list.ts';
import { foldersOf, isAnywhere, type PluginPlaces, type PluginPlacesOptions, pluginPlaces } from './places.ts';
import { withTimeLimit } from './time-limit.ts';
import { withoutUnusable } from './unusable-contributions.ts';

export interface PluginsOptions extends PluginPlacesOptions {
  readonly settings: ResolvedConfig['plugins'];
  /** How the configuration was chosen; what is found out is kept for that choice. @default nothing is kept */
  readonly configPlaces?: ConfigPlacesOptions | undefined;
  /** Names the configuration in messages. */
  readonly configFile?: string | undefined;
}

/** A host of plugins for Hotpath. */
export type HotpathPluginHost = PluginHost<HotpathContributions>;

/** The plugins of one configuration. Nothing of theirs is loaded before it is used. */
export interface Plugins {
  /** Plugins with the same key are the same ones, told the same. */
  readonly key: string;
  /** What they contribute, by their manifests alone. */
  contributions(kind: ContributionKind): readonly DeclaredContribution[];
  /** Where they were looked for. */
  readonly places: PluginPlaces;
  /** How long each may take for what, milliseconds. */
  readonly timeouts: ResolvedConfig['plugins']['timeouts'];
  /** Whether some want to be loaded without being used. */
  readonly boots: boolean;
  /** The events that some wait for, such as `serve`. */
  readonly events: readonly string[];
  /** What is wrong with some of them. */
  readonly warnings: readonly Warning[];
  /** Counts up each time a plugin is taken out of use, such as by a reload: what it contributed before is old. */
  generation(plugin: string): number;
  /**
   * A contribution; loads its plugin. Rejects with a `PluginError`, and after `limitMs`: whoever does without it then does not wait for
   * its plugin at the end either, unless others are to be deactivated.
   */
  resolve<Kind extends ContributionKind>(
    kind: Kind,
    name: string,
    limitMs?: number,
  ): Promise<HotpathContributions[Kind]>;
  /** Everything that can be known and done about them. */
  host(): Promise<HotpathPluginHost>;
  /** Whether manifests that were read since, such as by a reload, say something else than `contributions` does. */
  isOutdated(): Promise<boolean>;
  /** Deactivates all; whoever is asked for afterwards is loaded anew. */
  close(): Promise<void>;
}

/** What was found wrong while something was done with the host, and was not known before. */
const newProblems = async (
  plugins: Plugins,
  work: (host: HotpathPluginHost) => Promise<unknown>,
): Promise<readonly Warning[]> => {
  const host = await plugins.host();
  const known = new Set(host.problems());
  await work(host);
  return warningsOf(host.problems().filter((problem) => !known.has(problem)));
};

/** Loads those that want to be loaded without being used. Resolves to what is wrong with them; never rejects. */
export const bootPlugins = async (plugins: Plugins): Promise<readonly Warning[]> =>
  plugins.boots ? newProblems(plugins, (host) => host.boot()) : [];

/** Loads those that wait for an event. Resolves to what is wrong with them; never rejects. */
export const activatePlugins = async (plugins: Plugins, event: string): Promise<readonly Warning[]> =>
  plugins.events.includes(event) ? newProblems(plugins, (host) => host.activate(`event:${event}`)) : [];

const openHost = async (
  options: PluginsOptions,
  places: PluginPlaces,
  onEvent: (event: PluginEvent) => void,
): Promise<HotpathPluginHost> => {
  const { configSource, createPluginHost, folderSource, npmSource, PluginError } = await import(
    '@hotpath/plugin-loader'
  );
  const { settings, folders, projectFolder, configFile } = options;
  const host = createPluginHost<HotpathPluginContext, HotpathContributions>({
    sources: settings.enabled
      ? [
          configSource(places.named, { file: configFile }),
          folderSource(places.project),
          folderSource(places.user),
          ...places.packageRoots.map((root) => npmSource({ root })),
        ]
      : [],
    hostVersion: version,
    // Nothing is written for nothing.
    indexFile: isAnywhere(places) ? join(folders.cache, 'plugins.index') : undefined,
    stateFile: join(folders.state, 'plugins.json'),
    timeouts: settings.timeouts,
    disabled: [...settings.disabled, ...openDisabledList(folders.state).names()],
    context: ({ manifest: { name } }) => ({
      settings: (Object.hasOwn(settings.settings, name) && settings.settings[name]) || {},
      projectFolder,
      dataFolder: join(folders.state, 'plugins', name.replace('/', '__')),
    }),
    onEvent,
  });
  await host.discover();
  return withoutUnusable(host, PluginError);
};

const stampsOf = (files: readonly string[]): readonly FileStamp[] | undefined => {
  const stamps = files.map(stampFile).filter((stamp) => stamp !== undefined);
  return stamps.length === files.length ? stamps : undefined;
};

const findCatalogue = async (
  options: PluginsOptions,
  places: PluginPlaces,
  open: () => Promise<HotpathPluginHost>,
): Promise<PluginCatalogue> => {
  const { settings: given, folders, projectFolder, configPlaces, configFile } = options;
  const isWorthALook = given.enabled && isAnywhere(places);
  const look = async (): Promise<PluginCatalogue> => (isWorthALook ? catalogueOf(await open()) : emptyCatalogue);
  // That there is nothing at all shows as quickly as it could be remembered.
  if (configPlaces === undefined || (!isWorthALook && configFile === undefined)) return look();
  const file = digestFile(folders, places, configPlaces);
  // What plugins are told may be secret, and changes nothing of what there is.
  const settings = JSON.stringify([given.enabled, given.folders, given.disabled]);
  const known = readDigest(file, projectFolder);
  if (known?.settings === settings) return known;
  // Before anything is read: what changes meanwhile shows at the next start. A new release of Hotpath is other code.
  const own = stampsOf([fileURLToPath(import.meta.url), openDisabledList(folders.state).folder]);
  const configStamps = stampsOf(configCandidates(configPlaces));
  const catalogue = await look();
  const found = isWorthALook ? (await open()).stamps() : stampsOf(foldersOf(places));
  if (own && configStamps && found)
    writeDigest(file, { layout: 2, projectFolder, settings, stamps: [...own, ...found], configStamps, ...catalogue });
  return catalogue;
};

/** Finds the plugins by their manifests. Never rejects because of one: what is wrong with some is in `warnings`. */
export const openPlugins = async (options: PluginsOptions): Promise<Plugins> => {
  const places = pluginPlaces(options);
  const generations = new Map<string, number>();
  let opening: Promise<HotpathPluginHost> | undefined;
  let isLeftBehind = false;
  const host = (): Promise<HotpathPluginHost> => {
    opening ??= openHost(options, places, (event) => {
      if (event.type === 'deactivation-end') generations.set(event.plugin, (generations.get(event.plugin) ?? 0) + 1);
    });
    return opening;
  };
  // Where nothing has changed, or there is nothing to find, not even the loader is read.
  const catalogue = await findCatalogue(options, places, host);
  const { contributions, boots, events, warnings } = catalogue;
  const said = sayings(catalogue);
  return {
    key: JSON.stringify([options.settings, options.projectFolder, said]),
    places,
    timeouts: options.settings.timeouts,
    contributions: (kind) => contributions.filter((each) => each.kind === kind),
    boots,
    events,
    warnings,
    generation: (plugin) => generations.get(plugin) ?? 0,
    resolve: async (kind, name, limitMs = Number.POSITIVE_INFINITY) =>
      withTimeLimit((await host()).resolve(kind, name), limitMs, () => {
        isLeftBehind = true;
        const plugin = contributions.find((each) => each.kind === kind && each.name === name)?.plugin;
        throw new Error(`The plugin ${plugin} took longer than ${limitMs} ms to be loaded: its ${kind} are not used.`);
      }),
    host,
    isOutdated: async () => sayings(catalogueOf(await host())) !== said,
    close: async () => {
      const opened = opening;
      opening = undefined;
      const known = await opened?.catch(() => undefined);
      const isAnyActive = known?.plugins().some(({ status }) => status === 'active');
      const ending = known?.deactivate();
      await (isLeftBehind && !isAnyActive ? known?.flush() : ending);
    },
  };
};

import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {
  ContributionKind,
  DeclaredContribution,
  PluginError,
  PluginEvent,
  PluginHost,
  PluginManifest,
} from '@hotpath/plugin-loader';
import type { ResolvedConfig } from '../config.ts';
import type { Folders } from '../folders.ts';
import { version } from '../version.ts';
import type { Warning } from '../warning.ts';
import type { HotpathContributions, HotpathPluginContext } from './contributions.ts';
import { openDisabledList } from './disabled-list.ts';

export interface PluginsOptions {
  readonly settings: ResolvedConfig['plugins'];
  readonly folders: Folders;
  /** Where Hotpath was started: its `.hotpath/plugins` and its `node_modules` are looked through. */
  readonly projectFolder: string;
  /** Names the configuration in messages. */
  readonly configFile?: string | undefined;
  /** Folders whose `node_modules` are looked through last. @default the one that Hotpath itself is installed in */
  readonly packageRoots?: readonly string[] | undefined;
}

/** The plugins of one configuration. Nothing of theirs is loaded before it is used. */
export interface Plugins {
  /** Plugins with the same key are the same ones, told the same. */
  readonly key: string;
  /** What they contribute, by their manifests alone. */
  contributions(kind: ContributionKind): readonly DeclaredContribution[];
  /** Whether some want to be loaded without being used. */
  readonly boots: boolean;
  /** What is wrong with some of them. */
  readonly warnings: readonly Warning[];
  /** Counts up each time a plugin is taken out of use, such as by a reload: what it contributed before is old. */
  generation(plugin: string): number;
  /** A contribution; loads its plugin. Rejects with a `PluginError`. */
  resolve<Kind extends ContributionKind>(kind: Kind, name: string): Promise<HotpathContributions[Kind]>;
  /** Everything that can be known and done about them. */
  host(): Promise<PluginHost<HotpathContributions>>;
  /** Deactivates all; whoever is asked for afterwards is loaded anew. */
  close(): Promise<void>;
}

/** Loads those that want to be loaded without being used. Resolves to what is wrong with them; never rejects. */
export const bootPlugins = async (plugins: Plugins): Promise<readonly Warning[]> => {
  if (!plugins.boots) return [];
  const { problems } = await (await plugins.host()).boot();
  const told = new Set(plugins.warnings.map(({ message }) => message));
  return warningsOf(problems).filter(({ message }) => !told.has(message));
};

/** Where plugins are looked for, first the one that wins. */
export interface PluginPlaces {
  /** Those that the configuration names. */
  readonly named: readonly string[];
  /** `.hotpath/plugins` of the project. */
  readonly project: string;
  /** `plugins` in the user's configuration folder. */
  readonly user: string;
  /** Folders whose `node_modules` are looked through. */
  readonly packageRoots: readonly string[];
}

/** The folder whose `node_modules` holds this package, or the program that it was bundled into; none among its sources. */
const installedIn = (): readonly string[] => {
  const path = fileURLToPath(import.meta.url);
  const at = path.lastIndexOf(`${sep}node_modules${sep}`);
  return at === -1 ? [] : [path.slice(0, at)];
};

export const pluginPlaces = ({
  settings,
  folders,
  projectFolder,
  packageRoots = installedIn(),
}: PluginsOptions): PluginPlaces => ({
  named: settings.folders,
  project: join(projectFolder, '.hotpath', 'plugins'),
  user: join(folders.config, 'plugins'),
  packageRoots: [...new Set([projectFolder, ...packageRoots])],
});

const isAnywhere = ({ named, project, user, packageRoots }: PluginPlaces): boolean =>
  named.length > 0 || [project, user, ...packageRoots.map((root) => join(root, 'node_modules'))].some(existsSync);

/** What manifests tell, all of it plain data. */
interface Catalogue {
  readonly contributions: readonly DeclaredContribution[];
  readonly boots: boolean;
  readonly warnings: readonly Warning[];
}

const empty: Catalogue = { contributions: [], boots: false, warnings: [] };

const startsItself = ({ core, activates }: PluginManifest): boolean =>
  core || activates.includes('always') || activates.includes('idle');

/** Nobody needs to be told at each start what they wanted themselves. */
const intended = new Set(['PLUGIN_DISABLED']);

const warningsOf = (problems: readonly PluginError[]): readonly Warning[] =>
  problems.flatMap(({ code, message }) => (intended.has(code) ? [] : [{ code, message }]));

const catalogueOf = (host: PluginHost): Catalogue => ({
  contributions: host.contributions(),
  boots: host.plugins().some(({ manifest, status }) => status === 'ready' && startsItself(manifest)),
  warnings: warningsOf(host.problems()),
});

type Host = PluginHost<HotpathContributions>;

const openHost = async (
  options: PluginsOptions,
  places: PluginPlaces,
  onEvent: (event: PluginEvent) => void,
): Promise<Host> => {
  const { configSource, createPluginHost, folderSource, npmSource } = await import('@hotpath/plugin-loader');
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
    indexFile: join(folders.cache, 'plugins.index'),
    stateFile: join(folders.state, 'plugins.json'),
    disabled: [...settings.disabled, ...openDisabledList(folders.state).names()],
    context: ({ manifest: { name } }) => ({
      settings: settings.settings[name] ?? {},
      projectFolder,
      dataFolder: join(folders.state, 'plugins', name.replace('/', '__')),
    }),
    onEvent,
  });
  await host.discover();
  return host;
};

/** Finds the plugins by their manifests. Never rejects because of one: what is wrong with some is in `warnings`. */
export const openPlugins = async (options: PluginsOptions): Promise<Plugins> => {
  const places = pluginPlaces(options);
  const generations = new Map<string, number>();
  let opening: Promise<Host> | undefined;
  const host = (): Promise<Host> => {
    opening ??= openHost(options, places, (event) => {
      if (event.type === 'deactivation-end') generations.set(event.plugin, (generations.get(event.plugin) ?? 0) + 1);
    });
    return opening;
  };
  // Where there is nothing to find, not even the loader is read.
  const { contributions, boots, warnings } =
    options.settings.enabled && isAnywhere(places) ? catalogueOf(await host()) : empty;
  return {
    key: JSON.stringify([options.settings, options.projectFolder, contributions, boots]),
    contributions: (kind) => contributions.filter((each) => each.kind === kind),
    boots,
    warnings,
    generation: (plugin) => generations.get(plugin) ?? 0,
    resolve: async (kind, name) => (await host()).resolve(kind, name),
    host,
    close: async () => {
      const opened = opening;
      opening = undefined;
      await (await opened?.catch(() => undefined))?.deactivate();
    },
  };
};

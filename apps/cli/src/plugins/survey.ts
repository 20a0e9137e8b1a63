import { dirname, join, sep } from 'node:path';
import type {
  DisabledList,
  FoundConfig,
  HotpathPluginHost,
  PluginError,
  PluginInfo,
  PluginPlaces,
  Plugins,
} from '@hotpath/runtime';
import { pluginMissing } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { linkName } from './link-folder.ts';

/** The plugins of this machine with all that decides whether they are used. */
export interface Survey {
  readonly plugins: Plugins;
  readonly host: HotpathPluginHost;
  readonly places: PluginPlaces;
  readonly settings: FoundConfig['config']['plugins'];
  /** Those of the configuration. */
  readonly providers: FoundConfig['config']['providers'];
  /** Names the configuration in messages. */
  readonly configFile: string | undefined;
  /** Those that this user has disabled. */
  readonly userList: DisabledList;
}

/** What there is to say where the configuration switches all of them off. */
export const noneUsed = 'plugins.enabled is false in the configuration: none is used.';

/** Looks at plugins by their manifests; nothing of theirs is loaded. */
const surveyOf = async (plugins: Plugins, { config, options }: FoundConfig): Promise<Survey> => {
  const { openDisabledList } = await import('@hotpath/runtime');
  return {
    plugins,
    host: await plugins.host(),
    places: plugins.places,
    settings: config.plugins,
    providers: config.providers,
    configFile: options.configFile,
    userList: openDisabledList(options.folders.state),
  };
};

/** The same for as long as `work` takes. What it loads is deactivated afterwards. */
export const withSurvey = async <Result>(
  configFile: string | undefined,
  work: (survey: Survey) => Promise<Result>,
): Promise<Result> => {
  const { findConfig, openPlugins } = await import('@hotpath/runtime');
  const found = await findConfig({ configFile });
  const plugins = await openPlugins(found.options);
  try {
    return await work(await surveyOf(plugins, found));
  } finally {
    await plugins.close();
  }
};

/** The plugin of a name. Throws what is wrong with its manifest where that is why there is none. */
export const findPlugin = ({ host }: Survey, name: string): PluginInfo => {
  const plugins = host.plugins();
  const found = plugins.find(({ manifest }) => manifest.name === name);
  if (found !== undefined) return found;
  // One that cannot be read has no name but that of its folder.
  const isOfFolder = (file: string): boolean =>
    [name, linkName(name)].some((each) => dirname(file).endsWith(join(sep, each)));
  const problem = host
    .problems()
    .find(
      ({ plugin, code, path }) =>
        plugin === name || (code === 'PLUGIN_MANIFEST_INVALID' && path !== undefined && isOfFolder(path)),
    );
  if (problem !== undefined) throw problem;
  const names = plugins.map(({ manifest }) => manifest.name);
  throw pluginMissing(name, nearest(name, names));
};

export type PluginOrigin = 'configuration' | 'project' | 'user' | 'packages';

/** Which of the places a plugin was found in. */
export const originOf = (places: PluginPlaces, { source }: Pick<PluginInfo, 'source'>): PluginOrigin => {
  if (source.startsWith('config ')) return 'configuration';
  if (source.startsWith('npm ')) return 'packages';
  return source === `folder ${places.project}` ? 'project' : 'user';
};

/** Who wants the plugin left out. */
export const disabledBy = ({ settings, userList }: Survey, name: string): 'configuration' | 'user' | null => {
  if (settings.disabled.includes(name)) return 'configuration';
  return userList.names().includes(name) ? 'user' : null;
};

/** Everything found wrong, but what somebody wants so. */
export const problemsOf = ({ host }: Survey): readonly PluginError[] =>
  host.problems().filter(({ code }) => code !== 'PLUGIN_DISABLED');

/** All that need a plugin, directly or not. */
export const dependantsOf = (plugins: readonly PluginInfo[], name: string): readonly string[] => {
  const found = [name];
  for (const each of found) {
    for (const { manifest } of plugins) {
      if (Object.hasOwn(manifest.dependencies, each) && !found.includes(manifest.name)) found.push(manifest.name);
    }
  }
  return found.slice(1);
};

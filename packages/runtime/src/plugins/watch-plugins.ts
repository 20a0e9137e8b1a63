import { readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { PluginError, PluginInfo } from '@hotpath/plugin-loader';
import { channels, type PluginReloadEvent } from '../events.ts';
import { type FileWatch, type FileWatchOptions, watchFiles } from '../watch-files.ts';
import type { HotpathPluginHost, Plugins } from './open-plugins.ts';
import type { PluginPlaces } from './places.ts';

export interface PluginWatchOptions extends FileWatchOptions {
  /** Those in use now. */
  readonly plugins: () => Plugins;
  /** Since when they have been, epoch milliseconds: what was written to one after that is a change. */
  readonly since: number;
  /**
   * `links`: those that are links in the project's or the user's folder of plugins, since they are in development. `all`: those of
   * the project's folder and of the configuration's folders too. @default 'links'
   */
  readonly watches?: 'links' | 'all' | undefined;
  /** Puts everything in place anew: what plugins contribute has changed. */
  readonly recompose: () => Promise<unknown>;
}

export interface PluginWatch {
  /** Looks anew for what there is to watch. */
  follow(): Promise<void>;
  /** Watches no more, and waits for a reload under way. */
  close(): Promise<void>;
}

/** More files than this are no plugin that somebody works on; those beyond are not watched. */
const mostFiles = 2_000;

const entriesIn = async (folder: string) => {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
};

const foldersIn = async (folder: string, linksAlone: boolean): Promise<readonly string[]> =>
  (await entriesIn(folder))
    .filter((entry) => !entry.name.startsWith('.') && (entry.isSymbolicLink() || (!linksAlone && entry.isDirectory())))
    .map(({ name }) => join(folder, name));

/** The folders of plugins to watch, whether there is a good manifest in them or not. */
const foldersToWatch = async (
  { named, project, user }: PluginPlaces,
  watches: PluginWatchOptions['watches'],
): Promise<readonly string[]> => {
  const isAll = watches === 'all';
  const found = await Promise.all([foldersIn(project, !isAll), foldersIn(user, true)]);
  return [...new Set([...(isAll ? named : []), ...found.flat()])];
};

/** Every file of a plugin, and its folders, which change when a file comes or goes. Neither hidden ones nor packages. */
const filesOf = async (folder: string): Promise<readonly string[]> => {
  const found = [folder];
  const queue = [folder];
  for (const path of queue) {
    for (const entry of await entriesIn(path)) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const file = join(path, entry.name);
      found.push(file);
      if (entry.isDirectory()) queue.push(file);
      if (found.length >= mostFiles) return found;
    }
  }
  return found;
};

const describe = ({ code, message }: PluginError): NonNullable<PluginReloadEvent['error']> => ({ code, message });

/** Why there is no plugin in a folder. */
const problemOf = (problems: readonly PluginError[], folder: string): PluginError | undefined =>
  problems.find(({ path }) => path === folder || path?.startsWith(folder + sep) === true);

/**
 * Follows the files of plugins in development: after each change the plugin is loaded anew, and takes the place of the old one where
 * that goes well. Reloads never overlap. Each is announced on `hotpath:runtime:plugin-reload`.
 */
export const watchPlugins = async (options: PluginWatchOptions): Promise<PluginWatch> => {
  const { plugins, watches, recompose } = options;
  const watched = new Map<string, FileWatch>();
  let { since } = options;
  let isClosed = false;
  let tail: Promise<unknown> = Promise.resolve();

  const reload = async (host: HotpathPluginHost, name: string): Promise<void> => {
    await host.reload(name);
    if (await plugins().isOutdated()) await recompose();
  };

  const tell = (event: PluginReloadEvent): void => {
    if (!isClosed && channels.pluginReload.hasSubscribers) channels.pluginReload.publish(event);
  };

  const attempt = async (folder: string): Promise<void> => {
    const startedAt = performance.now();
    const end = (plugin: string, outcome: PluginReloadEvent['outcome'], error?: PluginError): void =>
      tell({
        plugin,
        outcome,
        durationMs: performance.now() - startedAt,
        ...(error !== undefined && { error: describe(error) }),
      });
    const host = await plugins().host();
    const { problems } = await host.discover();
    const look = (): PluginInfo | undefined => host.plugins().find((plugin) => plugin.folder === folder);
    const found = look();
    if (found === undefined) {
      const problem = problemOf(problems, folder);
      if (problem !== undefined) end(problem.plugin ?? folder, 'rejected', problem);
      return;
    }
    if (found.status === 'disabled') return;
    const { name } = found.manifest;
    try {
      await reload(host, name);
      end(name, 'reloaded');
    } catch (error) {
      end(name, look()?.status === 'active' ? 'rejected' : 'failed', error as PluginError);
    }
  };

  const onChange = (folder: string): void => {
    tail = tail.then(async () => {
      if (isClosed) return;
      const at = Date.now();
      await attempt(folder);
      if (!isClosed) await watched.get(folder)?.follow(await filesOf(folder), at);
    });
  };

  const follow = async (): Promise<void> => {
    const { places } = plugins();
    const folders = await foldersToWatch(places, watches);
    if (isClosed) return;
    for (const [folder, watch] of watched) {
      if (folders.includes(folder)) continue;
      watch.close();
      watched.delete(folder);
    }
    const added = folders.filter((folder) => !watched.has(folder));
    const from = since;
    since = Date.now();
    for (const folder of added)
      watched.set(
        folder,
        watchFiles(() => onChange(folder), options),
      );
    await Promise.all(added.map(async (folder) => watched.get(folder)?.follow(await filesOf(folder), from)));
  };

  await follow();
  return {
    follow,
    async close() {
      isClosed = true;
      for (const watch of watched.values()) watch.close();
      await tail;
    },
  };
};

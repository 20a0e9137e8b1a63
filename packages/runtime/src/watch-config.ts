import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Plan } from './compose.ts';
import { ConfigError, configEmpty, configGone } from './errors.ts';
import { type ConfigReloadEvent, channels } from './events.ts';
import { type ImportModule, readModuleAnew } from './read-module.ts';
import { settingsForRestart } from './restart-settings.ts';
import { type FileWatchOptions, watchFiles } from './watch-files.ts';

export interface ConfigWatchOptions extends FileWatchOptions {
  /** What is in use at first. */
  readonly plan: Plan;
  /** Before it was read, epoch milliseconds: what was written since then is a change. */
  readonly readAt: number;
  /** Reads and checks a configuration, opening nothing: of this file, or as a start finds it where there was none. */
  readonly load: (file: string | undefined, importModule: ImportModule) => Promise<Plan>;
  /** Composes all of it and puts it in place in one step. What rejects has changed nothing. */
  readonly apply: (plan: Plan) => Promise<void>;
}

export interface ConfigWatch {
  /** Loads the configuration now, after whatever load is under way. Never rejects. */
  reload(): Promise<ConfigReloadEvent>;
  /** Watches no more, and waits for a load under way. */
  close(): Promise<void>;
}

const isModule = (file: string): boolean => ['.ts', '.mts'].includes(extname(file));

const check = async (file: string): Promise<void> => {
  const status = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if ('code' in status && status.code === 'ENOENT') throw configGone(file);
  if ('size' in status && status.size === 0) throw configEmpty(file);
};

const errorOf = (error: unknown): NonNullable<ConfigReloadEvent['error']> => {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return {
    code: typeof code === 'string' ? code : 'CONFIG_INVALID',
    message: typeof message === 'string' ? message : String(error),
    problems: ConfigError.isInstance(error) ? error.problems : [],
  };
};

const fingerprint = ({ config, providers, plugins }: Plan): string => JSON.stringify([config, providers, plugins.key]);

/**
 * Follows the file that a configuration was read from, and the files that it imports: after each change it is loaded and
 * checked beside the one in use, and takes its place where it is good. Loads never overlap. Each is announced on
 * `hotpath:runtime:config-reload`.
 */
export const watchConfig = async (options: ConfigWatchOptions): Promise<ConfigWatch> => {
  const { plan: started, load, apply } = options;
  let inUse = started;
  let { readAt } = options;
  let parts: readonly string[] = [];
  let closed = false;
  let tail: Promise<unknown> = Promise.resolve();
  /** One that has not begun yet, and will see whatever has been written until then. */
  let waiting: Promise<ConfigReloadEvent> | undefined;

  const importModule: ImportModule = async (file) => {
    const { value, failure, files } = await readModuleAnew(file);
    parts = files;
    if (failure) throw failure;
    return { default: value };
  };

  const follow = (): Promise<void> => {
    const { configFile } = inUse;
    return files.follow(configFile === undefined ? [] : [...new Set([configFile, ...parts])], readAt);
  };

  const attempt = async (): Promise<Pick<ConfigReloadEvent, 'outcome' | 'warnings' | 'error'>> => {
    try {
      const { configFile } = inUse;
      if (configFile !== undefined) await check(configFile);
      readAt = Date.now();
      const plan = await load(configFile, importModule);
      if (closed || fingerprint(plan) === fingerprint(inUse)) return { outcome: 'unchanged', warnings: [] };
      await apply(plan);
      const told = new Set(inUse.warnings.map(({ message }) => message));
      inUse = plan;
      return { outcome: 'applied', warnings: plan.warnings.filter(({ message }) => !told.has(message)) };
    } catch (error) {
      return { outcome: 'rejected', warnings: [], error: errorOf(error) };
    }
  };

  const run = async (cause: ConfigReloadEvent['cause']): Promise<ConfigReloadEvent> => {
    waiting = undefined;
    const startedAt = performance.now();
    const result = await attempt();
    if (!closed) await follow();
    const { configReload } = channels;
    const event: ConfigReloadEvent = {
      cause,
      ...result,
      file: inUse.configFile,
      durationMs: performance.now() - startedAt,
      needsRestart: settingsForRestart(started.config, inUse.config),
    };
    if (!closed && configReload.hasSubscribers) configReload.publish(event);
    return event;
  };

  const enqueue = (cause: ConfigReloadEvent['cause']): Promise<ConfigReloadEvent> => {
    if (waiting) return waiting;
    const reload = tail.then(() => run(cause));
    waiting = reload;
    tail = reload;
    return reload;
  };

  const files = watchFiles(() => void enqueue('file'), options);
  await follow();
  const { configFile } = started;
  if (configFile !== undefined && isModule(configFile)) {
    // It was imported once, which does not tell what else it is made of.
    tail = readModuleAnew(configFile).then((read) => {
      parts = read.files;
      return closed ? undefined : follow();
    });
  }

  return {
    reload: () => enqueue('request'),
    async close() {
      closed = true;
      files.close();
      await tail;
    },
  };
};

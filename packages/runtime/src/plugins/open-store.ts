import type { CacheStore } from '@hotpath/cache';
import type { ResolvedConfig } from '../config.ts';
import type { Plugins } from './open-plugins.ts';
import { withTimeLimit } from './time-limit.ts';

export interface OpenStoreOptions {
  /** Current time, epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Where the store comes from. */
  readonly plugins?: Plugins | undefined;
}

/**
 * Opens the store of a plugin that the settings name, within the time of an activation; one that comes later is closed. Rejects where
 * there is none, or where it is no store of bytes.
 */
export const openPluginStore = async (
  { store, ttlMs, diskBytes: maxBytes }: ResolvedConfig['cache'],
  { plugins, now = Date.now }: OpenStoreOptions,
): Promise<CacheStore<Uint8Array>> => {
  const { name = '', settings = {} } = store ?? {};
  if (plugins === undefined) throw new Error('plugins are not used here.');
  const open = await plugins.resolve('stores', name);
  const opening = (async () => open({ settings, ttlMs, maxBytes, now }))();
  const { activationMs } = plugins.timeouts;
  const opened = await withTimeLimit(opening, activationMs, () => {
    opening.then((late) => late.close?.()).catch(() => {});
    const plugin = plugins.contributions('stores').find((each) => each.name === name)?.plugin;
    throw new Error(
      `the store "${name}" of the plugin ${plugin} took longer than ${activationMs} ms (plugins.timeouts.activationMs)`,
    );
  });
  if (opened?.capabilities?.holds === 'bytes') return opened;
  throw new Error(`the plugin's store "${name}" must hold bytes (capabilities.holds).`);
};

/** What closing comes to, or `late`: a plugin's store that hangs holds nobody back for longer than a deactivation may. */
export const closeInTime = <Result>(
  closing: Promise<Result>,
  { plugins }: Pick<OpenStoreOptions, 'plugins'>,
  late: Result,
): Promise<Result> =>
  plugins === undefined ? closing : withTimeLimit(closing, plugins.timeouts.deactivationMs, () => late);

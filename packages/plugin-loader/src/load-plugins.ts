import { type ActiveContributions, checkContributions } from './check-contributions.ts';
import type { Clock } from './clock.ts';
import type { CrashWatch } from './crash-watch.ts';
import type { PluginContext } from './definition.ts';
import {
  dependencySkipped,
  hostClosed,
  type Phase,
  PluginError,
  phaseFailed,
  phaseTimeout,
  pluginQuarantined,
  pluginUnknown,
} from './errors.ts';
import type { Publish } from './events.ts';
import { withoutExit } from './exit-guard.ts';
import type { Ledger } from './ledger.ts';
import type { DiscoveredPlugin, Plan } from './plan.ts';
import { importModule, type PluginModule } from './plugin-module.ts';
import type { PluginState } from './plugin-state.ts';
import { revise } from './refresh.ts';
import type { Slots } from './slots.ts';
import { withTimeLimit } from './time-limit.ts';
import { createTurns } from './turns.ts';

/** Milliseconds after which a plugin is given up. */
export interface PluginTimeouts {
  /** Evaluating its module, top-level awaits included. @default 10000 */
  readonly importMs: number;
  /** Its `activate`. @default 10000 */
  readonly activationMs: number;
  /** Its `deactivate`. @default 5000 */
  readonly deactivationMs: number;
}

export interface ActivePlugin {
  readonly plugin: DiscoveredPlugin;
  readonly contributions: ActiveContributions;
}

/** One plugin on its way. */
interface Entry {
  readonly plugin: DiscoveredPlugin;
  readonly lifetime: AbortController;
  module?: PluginModule;
  active?: ActivePlugin;
  error?: PluginError;
  imported?: Promise<PluginModule>;
  loaded?: Promise<ActivePlugin>;
  /** It was active and is not any more, because its worker died: whoever asks next has it loaded anew. */
  isOver?: boolean;
}

export interface LoaderOptions {
  readonly plan: () => Plan;
  readonly state: PluginState;
  readonly slots: Slots;
  readonly ledger: Ledger;
  readonly publish: Publish;
  readonly crashes: CrashWatch;
  readonly onProblem: (error: PluginError) => void;
  readonly timeouts: PluginTimeouts;
  readonly clock: Clock;
  readonly hostVersion: string;
  readonly contextOf: (plugin: DiscoveredPlugin) => object;
  /** An active plugin does not work any more: those that need it are to know. */
  readonly onLost: (name: string, error: PluginError) => void;
}

export interface Loader {
  /**
   * Loads a plugin after those it needs, once however many ask. `isBounded` has it wait for room among those of the boot. Rejects with
   * why it cannot be used.
   */
  load(name: string, isBounded?: boolean): Promise<ActivePlugin>;
  statusOf(name: string): 'loading' | 'active' | 'failed' | undefined;
  active(name: string): ActivePlugin | undefined;
  errorOf(name: string): PluginError | undefined;
  /** The active plugins, in the order in which they became so. */
  names(): readonly string[];
  /** Imports a plugin's code anew without using it yet. Rejects, and changes nothing, where that fails. */
  prepare(name: string): Promise<void>;
  /** Deactivates a plugin, once it is loaded if it is on its way, so that it can be loaded again. Never rejects. */
  unload(name: string): Promise<void>;
  /** Deactivates an active plugin for a reason; it counts as failed until it is asked for again. Never rejects. */
  lose(name: string, error: PluginError): Promise<void>;
  /**
   * Loads nothing any more, waits for what is on its way as long as for a deactivation, and deactivates all, the last loaded first. Never
   * rejects.
   */
  close(): Promise<void>;
}

export const createLoader = (options: LoaderOptions): Loader => {
  const { plan, state, slots, ledger, publish, crashes, onProblem, timeouts, clock, hostVersion, contextOf, onLost } =
    options;
  const entries = new Map<string, Entry>();
  /** Code that was imported for a reload and is not used yet. */
  const prepared = new Map<string, PluginModule>();
  const order = new Set<string>();
  /** Deactivations under way. Whoever loads such a plugin anew waits: what the old one holds, the new one may need. */
  const ending = new Map<string, Promise<void>>();
  const turn = createTurns();
  let isClosed = false;
  let isSwept = false;

  const limits = {
    import: timeouts.importMs,
    activation: timeouts.activationMs,
    deactivation: timeouts.deactivationMs,
  };

  /** One phase of a plugin: within its time, without ending the process, measured and told of. */
  const runPhase = async <Value>(plugin: DiscoveredPlugin, phase: Phase, run: () => Promise<Value>): Promise<Value> => {
    const { name } = plugin.manifest;
    const startedAt = clock.now();
    let failure: PluginError | undefined;
    try {
      return await withTimeLimit(withoutExit(plugin, run), limits[phase], clock, () =>
        phaseTimeout(name, plugin.folder, phase, limits[phase]),
      );
    } catch (error) {
      failure = PluginError.isInstance(error) ? error : phaseFailed(name, plugin.folder, phase, error);
      throw failure;
    } finally {
      const durationMs = clock.now() - startedAt;
      if (phase !== 'deactivation') ledger.note(name, phase, durationMs);
      publish(`${phase}-end`, () => ({ plugin: name, durationMs, ...(failure !== undefined && { error: failure }) }));
    }
  };

  const importCode = async (plugin: DiscoveredPlugin, lifetime: AbortController): Promise<PluginModule> => {
    if (!plugin.manifest.worker) return importModule(plugin);
    const { importInWorker } = await import('./worker-module.ts');
    const module = await importInWorker(plugin, lifetime.signal, (error) => onWorkerEnd(module, error));
    return module;
  };

  /** Imports or activates: noted before and after, so that the next process knows of a crash. */
  const runLoading = <Value>(
    plugin: DiscoveredPlugin,
    isBounded: boolean,
    phase: 'import' | 'activation',
    run: () => Promise<Value>,
  ): Promise<Value> => {
    const isSuspect = state.isSuspect(plugin);
    const noted = async (): Promise<Value> => {
      if (isBounded && phase === 'import') await turn();
      if (isClosed) throw hostClosed();
      crashes.add(plugin);
      const done = state.loading(plugin);
      try {
        const value = await runPhase(plugin, phase, run);
        done(phase === 'import' ? 'left' : 'loaded');
        return value;
      } catch (error) {
        done(PluginError.isInstance(error) ? error : 'left');
        throw error;
      }
    };
    // Activations wait for files and networks: begun early, they do so while the others are imported.
    return isBounded || isSuspect ? slots.run(noted, { first: phase === 'activation', alone: isSuspect }) : noted();
  };

  const importOnce = (entry: Entry, isBounded: boolean): Promise<PluginModule> => {
    entry.imported ??= (async () => {
      const { plugin, lifetime } = entry;
      const ready = prepared.get(plugin.manifest.name);
      prepared.delete(plugin.manifest.name);
      entry.module = ready ?? (await runLoading(plugin, isBounded, 'import', () => importCode(plugin, lifetime)));
      return entry.module;
    })();
    return entry.imported;
  };

  const activate = async (entry: Entry, isBounded: boolean): Promise<ActivePlugin> => {
    const { plugin, lifetime } = entry;
    const { manifest, folder } = plugin;
    // Its own import starts at once; only its activation waits for those it needs.
    const importing = importOnce(entry, isBounded);
    importing.catch(() => {});
    await Promise.all(
      Object.keys(manifest.dependencies).map((needed) =>
        load(needed, isBounded).catch((error: unknown) => {
          throw dependencySkipped([manifest.name, needed], PluginError.isInstance(error) ? error : undefined);
        }),
      ),
    );
    const module = await importing;
    const { name, version } = manifest;
    await ending.get(name);
    const context: PluginContext = {
      ...contextOf(plugin),
      name,
      version,
      folder,
      hostVersion,
      signal: lifetime.signal,
    };
    const contributions = await runLoading(plugin, isBounded, 'activation', async () =>
      checkContributions(manifest, await module.activate(context)),
    );
    entry.active = { plugin, contributions };
    order.add(name);
    // Nobody would deactivate it any more.
    if (isSwept) await end(entry);
    return entry.active;
  };

  const start = async (entry: Entry, isBounded: boolean): Promise<ActivePlugin> => {
    try {
      return await activate(entry, isBounded);
    } catch (error) {
      entry.error = error as PluginError;
      entry.lifetime.abort(error);
      entry.imported?.then(
        (module) => module.discard(),
        () => {},
      );
      if (entry.error.code !== 'PLUGIN_HOST_CLOSED') onProblem(entry.error);
      throw error;
    }
  };

  const load = async (name: string, isBounded = false): Promise<ActivePlugin> => {
    const { plugins, unusable } = plan();
    const known = entries.get(name);
    if (known?.loaded !== undefined && known.isOver !== true) return known.loaded;
    if (isClosed) throw hostClosed();
    const plugin = plugins.get(name);
    if (plugin === undefined) throw pluginUnknown(name, [...plugins.keys()]);
    const why = unusable.get(name);
    if (why !== undefined) throw why;
    // Others were found out when the plan was made.
    const reason = known === undefined ? undefined : state.quarantineOf(plugin);
    if (reason !== undefined) throw pluginQuarantined(name, reason);
    const entry: Entry = { plugin, lifetime: new AbortController() };
    entries.set(name, entry);
    entry.loaded = start(entry, isBounded);
    return entry.loaded;
  };

  /** Deactivates what is active, and ends what still runs of it. */
  const end = async ({ plugin, module, lifetime, active }: Entry): Promise<void> => {
    const { name } = plugin.manifest;
    order.delete(name);
    if (active === undefined) return;
    const deactivated = runPhase(plugin, 'deactivation', async () => module?.deactivate())
      .catch(onProblem)
      .finally(() => {
        lifetime.abort();
        module?.discard();
        ending.delete(name);
      });
    ending.set(name, deactivated);
    await deactivated;
  };

  const unload = async (name: string): Promise<void> => {
    const entry = entries.get(name);
    await entry?.loaded?.catch(() => {});
    if (entry !== undefined && entries.get(name) === entry) {
      entries.delete(name);
      if (entry.isOver !== true) return end(entry);
    }
    // Somebody else was faster.
    await ending.get(name);
  };

  const lose = async (name: string, error: PluginError): Promise<void> => {
    const entry = entries.get(name);
    if (entry?.active === undefined || entry.isOver === true) return;
    entry.isOver = true;
    entry.error = error;
    await end(entry);
  };

  /** Its thread is gone: there is nothing left to deactivate. */
  const onWorkerEnd = (module: PluginModule, error: PluginError): void => {
    const entry = [...entries.values()].find((each) => each.module === module);
    if (entry === undefined || entry.isOver === true) {
      onProblem(error);
      return;
    }
    const { plugin } = entry;
    const { name } = plugin.manifest;
    entry.isOver = true;
    entry.error = error;
    order.delete(name);
    entry.lifetime.abort(error);
    state.failed(plugin, error);
    publish('deactivation-end', () => ({ plugin: name, durationMs: 0, error }));
    onProblem(error);
    onLost(name, error);
  };

  return {
    load,
    unload,
    lose,
    statusOf: (name) => {
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      if (entry.error !== undefined) return 'failed';
      return entry.active === undefined ? 'loading' : 'active';
    },
    active: (name) => {
      const entry = entries.get(name);
      return entry?.isOver === true ? undefined : entry?.active;
    },
    errorOf: (name) => entries.get(name)?.error,
    names: () => [...order],
    prepare: async (name) => {
      const plugin = plan().plugins.get(name);
      if (plugin === undefined) throw pluginUnknown(name, [...plan().plugins.keys()]);
      revise(plugin.folder);
      const lifetime = new AbortController();
      try {
        const module = await runLoading(plugin, false, 'import', () => importCode(plugin, lifetime));
        if (isClosed) throw hostClosed();
        prepared.get(name)?.discard();
        prepared.set(name, module);
      } catch (error) {
        lifetime.abort(error);
        throw error;
      }
    },
    close: async () => {
      isClosed = true;
      const underway = Promise.allSettled([...entries.values()].map((entry) => entry.loaded));
      await withTimeLimit(underway, timeouts.deactivationMs, clock, hostClosed).catch(() => {});
      isSwept = true;
      for (const module of prepared.values()) module.discard();
      prepared.clear();
      await Promise.all(ending.values());
      for (const name of [...order].reverse()) await unload(name);
    },
  };
};

import type { ContributionKind, Contributions, ContributionTypes, DeclaredContribution } from './contributions.ts';
import { openCrashWatch } from './crash-watch.ts';
import { neededBy } from './dependency-graph.ts';
import { type Discovery, discover } from './discovery.ts';
import {
  contributionUnknown,
  fileUnwritable,
  hostClosed,
  type PluginError,
  pluginCrashed,
  pluginUnknown,
} from './errors.ts';
import { publisherTo } from './events.ts';
import { createFactsReader, type FactsCache, type PluginFacts } from './facts.ts';
import type { FileStamp } from './file-stamps.ts';
import { type PluginHostOptions, resolveOptions } from './host-options.ts';
import { createLedger, type LedgerEntry } from './ledger.ts';
import { createLoader } from './load-plugins.ts';
import { loseDependants } from './lost-plugins.ts';
import type { Activation } from './manifest.ts';
import type { DiscoveredPlugin, Plan } from './plan.ts';
import { openPluginState } from './plugin-state.ts';
import { createSlots } from './slots.ts';
import type { TroubleRecord } from './trouble-records.ts';

export type PluginStatus = 'ready' | 'loading' | 'active' | 'failed' | 'skipped' | 'disabled' | 'quarantined';

export interface PluginInfo extends DiscoveredPlugin {
  readonly status: PluginStatus;
  /** Why it is not used. */
  readonly error: PluginError | undefined;
  /** What earlier processes went through with it. */
  readonly trouble: TroubleRecord | undefined;
}

export interface DiscoveryReport {
  readonly plugins: number;
  readonly durationMs: number;
  readonly filesRead: number;
  readonly filesReused: number;
  readonly problems: readonly PluginError[];
}

export interface BootReport {
  /** Names in the order in which they became active. */
  readonly active: readonly string[];
  readonly durationMs: number;
  /** Of the whole host so far. */
  readonly problems: readonly PluginError[];
}

export interface PluginHost<Types extends ContributionTypes = ContributionTypes> extends AsyncDisposable {
  /** Finds plugins and makes the plan, without running code of theirs. Again: what was installed since is found; active plugins stay. */
  discover(): Promise<DiscoveryReport>;
  /**
   * Loads core plugins in the order of their dependencies, then those that are `always` loaded; those for `idle` times afterwards, one by
   * one. Never rejects because of a plugin.
   */
  boot(): Promise<BootReport>;
  /** Loads a plugin and those it needs, at most once. Rejects with why it cannot be used. */
  load(name: string): Promise<Contributions<Types>>;
  /** Loads all plugins that wait for this, such as `command:deploy`. Resolves to the names of those that are active; never rejects. */
  activate(trigger: Activation): Promise<readonly string[]>;
  /** What plugins contribute, by the manifests alone. */
  contributions(kind?: ContributionKind): readonly DeclaredContribution[];
  /** The implementation of a contribution; loads the plugin it comes from. */
  resolve<Kind extends ContributionKind>(kind: Kind, name: string): Promise<Types[Kind]>;
  /** All plugins found, in the order of their sources. */
  plugins(): readonly PluginInfo[];
  /**
   * Everything that the last discovery looked at, as plain data, so that an application can keep what it made of that, such as the text of its
   * help, and use it without this host while `areUnchanged` of `@hotpath/plugin-loader/stamps` holds. What the options say is the
   * application's to compare. `undefined` where nothing may be kept: before a discovery, where a source does not tell what it goes by
   * or failed, and where files were changed only just now.
   */
  stamps(): readonly FileStamp[] | undefined;
  /** What loading took, slowest first. */
  ledger(): readonly LedgerEntry[];
  /** Everything found wrong so far. */
  problems(): readonly PluginError[];
  /**
   * Reads a plugin's manifest and code anew and puts it, and the active ones that need it, in the place of the old ones. Rejects where the
   * new code cannot be imported: the old one stays in use. For development: old code stays in memory.
   */
  reload(name: string): Promise<void>;
  /** Forgets crashes and failures of a plugin, and lets it be loaded again. Resolves to whether there were any. */
  lift(name: string): Promise<boolean>;
  /** What the files of a plugin tell; see `PluginFacts`. Without a cache it is kept in memory. */
  facts(name: string, cache?: FactsCache): Promise<PluginFacts>;
  /** Has facts made anew, after a project changed for example. */
  invalidateFacts(name?: string): void;
  /** Resolves once the index is written. */
  flush(): Promise<void>;
  /** Deactivates all plugins, those first that others do not need. Once; also at the end of an `await using` block. */
  deactivate(): Promise<void>;
}

const statusOf = (error: PluginError): PluginStatus => {
  if (error.code === 'PLUGIN_DISABLED') return 'disabled';
  return error.code === 'PLUGIN_QUARANTINED' ? 'quarantined' : 'skipped';
};

const emptyPlan: Plan = {
  plugins: new Map(),
  unusable: new Map(),
  levels: [],
  quarantined: new Map(),
  contributions: {
    commands: new Map(),
    providers: new Map(),
    stores: new Map(),
    contextSources: new Map(),
    agents: new Map(),
    rules: new Map(),
    prices: new Map(),
    exporters: new Map(),
  },
  problems: [],
};

/** Finds, orders, loads and watches over plugins. Nothing but the state file is read before `discover` or `boot`. */
export const createPluginHost = <Context extends object = object, Types extends ContributionTypes = ContributionTypes>(
  options: PluginHostOptions<Context>,
): PluginHost<Types> => {
  const { concurrency, timeouts, quarantine, clock } = resolveOptions(options);
  const { sources, hostVersion, indexFile, stateFile, disabled = [], context, onEvent } = options;
  const publish = publisherTo(onEvent);
  const found: PluginError[] = [];
  let plan = emptyPlan;
  let stamps: readonly FileStamp[] | undefined;
  let discovered: Promise<Discovery> | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;
  let idle: NodeJS.Immediate | undefined;

  const onProblem = (error: PluginError): void => {
    found.push(error);
    publish('problem-found', () => ({ error }));
  };
  const state = openPluginState(stateFile, quarantine, clock.now, onProblem);
  const ledger = createLedger();
  const facts = createFactsReader(clock);
  const crashed = new Map<DiscoveredPlugin, PluginError>();
  const crashes = openCrashWatch({
    onCrash: (plugin, cause) => {
      const error = pluginCrashed(plugin.manifest.name, plugin.folder, cause);
      // One that fails over and over is told of each time, and remembered once.
      if (!crashed.has(plugin)) found.push(error);
      crashed.set(plugin, error);
      publish('problem-found', () => ({ error }));
    },
    onDeath: (plugin) => {
      const error = crashed.get(plugin);
      if (error !== undefined) state.crashed(plugin, error);
    },
  });
  const loader = createLoader({
    plan: () => plan,
    state,
    slots: createSlots(concurrency),
    ledger,
    publish,
    crashes,
    onProblem,
    timeouts,
    clock,
    hostVersion,
    contextOf: (plugin) => context?.(plugin) ?? {},
    onLost: (name, error) => void loseDependants(name, error, plan, loader, onProblem),
  });

  const runDiscovery = async (): Promise<Discovery> => {
    const result = await discover({
      sources,
      hostVersion,
      indexFile,
      disabled: new Set(disabled),
      sourceTimeoutMs: timeouts.sourceMs,
      clock,
      quarantined: (plugins) => state.quarantined(plugins),
    });
    plan = result.plan;
    stamps = result.stamps;
    for (const error of plan.problems) publish('problem-found', () => ({ error }));
    publish('discovery-end', () => ({
      plugins: plan.plugins.size,
      durationMs: result.durationMs,
      filesRead: result.files.read,
      filesReused: result.files.reused,
    }));
    // Written behind the back of whoever waits for plugins.
    writing = writing.then(() => result.save()).catch((error) => onProblem(fileUnwritable(indexFile ?? '', error)));
    return result;
  };
  const rediscover = (): Promise<Discovery> => {
    // One after another: the plan is that of the last to begin.
    discovered = discovered === undefined ? runDiscovery() : discovered.catch(() => {}).then(runDiscovery);
    return discovered;
  };
  const ready = async (): Promise<void> => {
    if (closing !== undefined) throw hostClosed();
    await (discovered ?? rediscover());
  };

  const problems = (): readonly PluginError[] => [...plan.problems, ...found];

  /** In the order of the levels, so that whoever others need begins first. Resolves to who is active. */
  const loadAll = async (wanted: (plugin: DiscoveredPlugin) => boolean, isBounded: boolean): Promise<string[]> => {
    const names = plan.levels.flat().filter((name) => {
      const plugin = plan.plugins.get(name);
      return plugin !== undefined && wanted(plugin);
    });
    await Promise.allSettled(names.map((name) => loader.load(name, isBounded)));
    return names.filter((name) => loader.active(name) !== undefined);
  };

  const loadWhenIdle = (names: readonly string[]): void => {
    const [name, ...others] = names;
    if (name === undefined) return;
    // Whoever has nothing else to do may end.
    idle = setImmediate(() => {
      void loader
        .load(name)
        .catch(() => {})
        .then(() => {
          if (closing === undefined) loadWhenIdle(others);
        });
    }).unref();
  };

  const requirePlugin = (name: string): DiscoveredPlugin => {
    const plugin = plan.plugins.get(name);
    if (plugin === undefined) throw pluginUnknown(name, [...plan.plugins.keys()]);
    return plugin;
  };

  /** Those that need a plugin and were loaded, or could not be, in the order of loading. */
  const triedDependantsOf = (name: string): readonly string[] => {
    const needs = (each: string): readonly string[] => Object.keys(plan.plugins.get(each)?.manifest.dependencies ?? {});
    return plan.levels.flat().filter((each) => loader.statusOf(each) !== undefined && neededBy(each, needs).has(name));
  };

  const boot = async (): Promise<BootReport> => {
    await ready();
    const startedAt = clock.now();
    await loadAll(({ manifest }) => manifest.core, true);
    await loadAll(({ manifest }) => !manifest.core && manifest.activates.includes('always'), true);
    loadWhenIdle(
      plan.levels.flat().filter((name) => plan.plugins.get(name)?.manifest.activates.includes('idle') === true),
    );
    const report = { active: loader.names(), durationMs: clock.now() - startedAt, problems: problems() };
    publish('boot-end', () => ({
      active: report.active.length,
      failed: [...plan.plugins.keys()].filter((name) => loader.errorOf(name) !== undefined).length,
      durationMs: report.durationMs,
    }));
    return report;
  };

  let reloading: Promise<unknown> = Promise.resolve();
  const reload = async (name: string): Promise<void> => {
    await ready();
    await rediscover();
    requirePlugin(name);
    const why = plan.unusable.get(name);
    if (why !== undefined) throw why;
    const dependants = triedDependantsOf(name);
    await loader.prepare(name);
    facts.forget(name);
    for (const each of [...dependants].reverse()) await loader.unload(each);
    await loader.unload(name);
    await loader.load(name);
    await Promise.allSettled(dependants.map((each) => loader.load(each)));
  };

  const load = async (name: string): Promise<Contributions<Types>> => {
    await ready();
    const { contributions } = await loader.load(name);
    const entries = [...contributions].map(([kind, ofKind]) => [kind, Object.fromEntries(ofKind)]);
    return Object.fromEntries(entries) as Contributions<Types>;
  };

  const deactivateAll = async (): Promise<void> => {
    clearImmediate(idle);
    await discovered?.catch(() => {});
    await loader.close();
    await writing;
    crashes.close();
    state.close();
  };
  const deactivate = (): Promise<void> => {
    closing ??= deactivateAll();
    return closing;
  };

  return {
    discover: async () => {
      if (closing !== undefined) throw hostClosed();
      const { durationMs, files } = await rediscover();
      const { read: filesRead, reused: filesReused } = files;
      return { plugins: plan.plugins.size, durationMs, filesRead, filesReused, problems: plan.problems };
    },
    boot,
    load,
    activate: async (trigger) => {
      await ready();
      const command = trigger.startsWith('command:') ? trigger.slice('command:'.length) : undefined;
      const contributor = command === undefined ? undefined : plan.contributions.commands.get(command)?.plugin;
      return loadAll(({ manifest }) => manifest.name === contributor || manifest.activates.includes(trigger), false);
    },
    contributions: (kind) =>
      kind === undefined
        ? Object.values(plan.contributions).flatMap((ofKind) => [...ofKind.values()])
        : [...plan.contributions[kind].values()],
    resolve: async <Kind extends ContributionKind>(kind: Kind, name: string): Promise<Types[Kind]> => {
      await ready();
      const declared = plan.contributions[kind].get(name);
      if (declared === undefined) throw contributionUnknown(kind, name, [...plan.contributions[kind].keys()]);
      const { contributions } = await loader.load(declared.plugin);
      // What is declared was returned, or the plugin would not be active.
      return contributions.get(kind)?.get(name) as Types[Kind];
    },
    plugins: () =>
      [...plan.plugins].map(([name, plugin]) => {
        const unusable = plan.unusable.get(name);
        const error = loader.errorOf(name) ?? unusable;
        const status = loader.statusOf(name) ?? (unusable === undefined ? 'ready' : statusOf(unusable));
        return { ...plugin, status, error, trouble: state.recordOf(plugin) };
      }),
    stamps: () => {
      const ofState = state.stamps(plan.plugins.values());
      return stamps && ofState && [...stamps, ...ofState];
    },
    ledger: () => ledger.entries(),
    problems,
    reload: (name) => {
      // One after another: each takes the place of the one before.
      const reloaded = reloading.then(() => reload(name));
      reloading = reloaded.catch(() => {});
      return reloaded;
    },
    lift: async (name) => {
      await ready();
      if (!state.lift(name)) return false;
      await rediscover();
      if (loader.errorOf(name) === undefined) return true;
      for (const each of [...triedDependantsOf(name), name]) await loader.unload(each);
      return true;
    },
    facts: (name, cache) => {
      const plugin = plan.plugins.get(name);
      if (plugin !== undefined) return facts.get(plugin, cache);
      return ready().then(() => facts.get(requirePlugin(name), cache));
    },
    invalidateFacts: (name) => facts.forget(name),
    flush: async () => {
      await writing;
    },
    deactivate,
    [Symbol.asyncDispose]: deactivate,
  };
};

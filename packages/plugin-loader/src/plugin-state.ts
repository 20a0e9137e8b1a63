import { type LoadedBuild, openCrashJournal, takeCrashes } from './crash-journal.ts';
import { fileUnwritable, type PluginError } from './errors.ts';
import type { FileStamp } from './file-stamps.ts';
import type { DiscoveredPlugin } from './plan.ts';
import { buildOf, buildStamps, type PluginBuild } from './plugin-build.ts';
import { openTroubleRecords, type TroubleRecord } from './trouble-records.ts';

export interface QuarantineLimits {
  /** Crashes of the process after which a plugin is skipped. @default 2 */
  readonly crashes: number;
  /** Failures in a row after which a plugin is skipped. @default 3 */
  readonly failures: number;
}

export interface PluginState {
  /** Which of these plugins are skipped, by name, and why. */
  quarantined(plugins: ReadonlyMap<string, DiscoveredPlugin>): ReadonlyMap<string, string>;
  /** Why this one is. */
  quarantineOf(plugin: DiscoveredPlugin): string | undefined;
  isSuspect(plugin: DiscoveredPlugin): boolean;
  recordOf(plugin: DiscoveredPlugin): TroubleRecord | undefined;
  /**
   * The files that quarantines rest on: what is remembered, as it was when it was read, and the files of those who gave trouble.
   * `undefined` where one was changed only just now.
   */
  stamps(plugins: Iterable<DiscoveredPlugin>): readonly FileStamp[] | undefined;
  /** Notes that loading begins; the returned function, that it ended: with an error, well, or as if it had not been. */
  loading(plugin: DiscoveredPlugin): (outcome: PluginError | 'loaded' | 'left') => void;
  /** Notes that a plugin which had been loaded does not work any more. */
  failed(plugin: DiscoveredPlugin, error: PluginError): void;
  /** Notes that the process dies, and of whom: of nobody who is being loaded besides. Once for each process. */
  crashed(plugin: DiscoveredPlugin, error: PluginError): void;
  /** Forgets what the plugin did. Returns whether there was something. */
  lift(name: string): boolean;
  close(): void;
}

const nothing: PluginState = {
  quarantined: () => new Map(),
  quarantineOf: () => undefined,
  isSuspect: () => false,
  recordOf: () => undefined,
  stamps: () => [],
  loading: () => () => {},
  failed: () => {},
  crashed: () => {},
  lift: () => false,
  close: () => {},
};

const dayMs = 24 * 60 * 60_000;
const clean = { crashes: 0, failures: 0, isSuspect: false };

/** What earlier processes went through with plugins, kept in `file`; without one nothing is remembered. */
export const openPluginState = (
  file: string | undefined,
  limits: QuarantineLimits,
  now: () => number,
  onFault: (error: PluginError) => void,
): PluginState => {
  if (file === undefined) return nothing;
  const crashes = takeCrashes(file);
  const onUnwritable = (error: unknown): void => onFault(fileUnwritable(file, error));
  const records = openTroubleRecords(file, onUnwritable);
  const journal = openCrashJournal(file, onUnwritable);
  const crashed = new Set<string>();
  /** As they were found: what a plugin writes while it is loaded makes no other one of it. */
  const builds = new WeakMap<DiscoveredPlugin, PluginBuild>();
  const foundBuildOf = (plugin: DiscoveredPlugin): PluginBuild => {
    const build = builds.get(plugin) ?? buildOf(plugin);
    builds.set(plugin, build);
    return build;
  };

  const isOver = (record: TroubleRecord): boolean =>
    record.crashes >= limits.crashes || record.failures >= limits.failures;
  const isLate = ({ lateAt }: TroubleRecord): boolean => lateAt !== undefined && now() - Date.parse(lateAt) < dayMs;

  const update: typeof records.update = (name, change) =>
    records.update(name, (stored) => {
      const record = change(stored);
      if (record === undefined || !isOver(record)) return record;
      return { ...record, quarantinedAt: record.quarantinedAt ?? new Date(now()).toISOString() };
    });

  /** After a crash while several were loaded it may have been any of them; while one was, it was that one. */
  const addCrash = (loaded: readonly LoadedBuild[]): void => {
    for (const { name, build } of loaded) {
      update(name, (stored) => {
        const known = stored?.build === build ? stored : { ...clean, build };
        return { ...known, crashes: known.crashes + (loaded.length === 1 ? 1 : 0), isSuspect: true };
      });
    }
  };
  for (const loaded of crashes) addCrash(loaded);

  /** A record, where it is of this build and not too old. */
  const holding = (plugin: DiscoveredPlugin, record: TroubleRecord | undefined): TroubleRecord | undefined => {
    if (record === undefined) return undefined;
    const isForgotten = record.lateAt !== undefined && !isLate(record) && !isOver(record);
    return record.build === foundBuildOf(plugin).code && !isForgotten ? record : undefined;
  };
  /** A record without the failures that came of files which were changed since. */
  const withoutMended = (plugin: DiscoveredPlugin, record: TroubleRecord): TroubleRecord => {
    if (record.files === undefined || record.files === foundBuildOf(plugin).files) return record;
    const { quarantinedAt: _, ...mended } = { ...record, failures: 0 };
    return isOver(mended) ? { ...record, failures: 0 } : mended;
  };

  const recordOf = (plugin: DiscoveredPlugin): TroubleRecord | undefined => {
    const { name } = plugin.manifest;
    const record = holding(plugin, records.get(name));
    if (record === undefined) records.drop(name);
    return record && withoutMended(plugin, record);
  };
  /** The same of what is stored by now. What another process noted since this one looked at the files, it noted of newer ones. */
  const storedOf = (plugin: DiscoveredPlugin, stored: TroubleRecord | undefined): TroubleRecord | undefined => {
    const record = holding(plugin, stored);
    const isOfOthers = record?.files !== records.get(plugin.manifest.name)?.files;
    return record === undefined || isOfOthers ? record : withoutMended(plugin, record);
  };

  const quarantineOf = (plugin: DiscoveredPlugin): string | undefined => {
    const record = recordOf(plugin);
    if (record === undefined || !isOver(record)) return undefined;
    if (record.crashes < limits.crashes)
      return `it failed ${record.failures} times in a row, at last with ${record.lastCode}`;
    return record.lateAt === undefined
      ? `the process died ${record.crashes} times while it was being loaded`
      : `the process died of it ${record.crashes} times`;
  };

  const fail = (plugin: DiscoveredPlugin, error: PluginError, late?: Pick<TroubleRecord, 'lateAt'>): void => {
    const left = buildOf(plugin);
    update(plugin.manifest.name, (stored) => {
      const known = storedOf(plugin, stored) ?? clean;
      return {
        ...known,
        build: left.code,
        files: left.files,
        failures: known.failures + 1,
        isSuspect: false,
        lastCode: error.code,
        ...late,
      };
    });
    builds.set(plugin, left);
  };
  const lateNow = (): { readonly lateAt: string } => ({ lateAt: new Date(now()).toISOString() });

  return {
    quarantined: (plugins) => {
      const reasons = new Map<string, string>();
      // Few plugins give trouble: those that do not are not even looked at.
      for (const name of records.names()) {
        const plugin = plugins.get(name);
        const reason = plugin && quarantineOf(plugin);
        if (reason !== undefined) reasons.set(name, reason);
      }
      return reasons;
    },
    quarantineOf,
    isSuspect: (plugin) => recordOf(plugin)?.isSuspect === true,
    recordOf,
    stamps: (plugins) => {
      const ofFile = records.stamp();
      if (ofFile === undefined) return undefined;
      const stamps = [ofFile];
      for (const plugin of plugins) {
        if (records.get(plugin.manifest.name) === undefined) continue;
        const ofPlugin = buildStamps(plugin, Date.now());
        if (ofPlugin === undefined) return undefined;
        stamps.push(...ofPlugin);
      }
      return stamps;
    },
    loading: (plugin) => {
      const { name } = plugin.manifest;
      journal.started({ name, build: foundBuildOf(plugin).code });
      return (outcome) => {
        journal.ended(name);
        if (outcome === 'left') return;
        if (outcome !== 'loaded') return fail(plugin, outcome);
        if (recordOf(plugin) === undefined) return;
        update(name, (stored) => {
          if (stored === undefined || holding(plugin, stored) === undefined) return stored;
          if (!isLate(stored)) return undefined;
          return stored.isSuspect ? { ...stored, isSuspect: false } : stored;
        });
      };
    },
    failed: (plugin, error) => fail(plugin, error, lateNow()),
    crashed: (plugin, error) => {
      const { name } = plugin.manifest;
      journal.excuse();
      if (crashed.has(name)) return;
      crashed.add(name);
      const { code: build } = foundBuildOf(plugin);
      update(name, (stored) => {
        const known = storedOf(plugin, stored) ?? { ...clean, build };
        return { ...known, crashes: known.crashes + 1, isSuspect: false, lastCode: error.code, ...lateNow() };
      });
    },
    lift: (name) => {
      if (records.get(name) === undefined) return false;
      update(name, () => undefined);
      return true;
    },
    close: () => journal.close(),
  };
};

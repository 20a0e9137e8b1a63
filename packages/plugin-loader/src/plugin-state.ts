import { writeAtomicallySync } from './atomic-write.ts';
import { type CrashJournal, openCrashJournal, takeCrashes } from './crash-journal.ts';
import { entryModuleOf } from './entry-module.ts';
import { fileUnwritable, type PluginError } from './errors.ts';
import { type FileStamp, isSettled, stampOf, statOf } from './file-stamps.ts';
import { fs } from './file-system.ts';
import type { DiscoveredPlugin } from './plan.ts';

/** What is remembered of a plugin that gave trouble. */
export interface TroubleRecord {
  /** The build it holds for: another version, or changed code, begins anew. */
  readonly build: string;
  /** How often the process died while it alone was being loaded. */
  readonly crashes: number;
  /** How often in a row its import or activation failed. */
  readonly failures: number;
  /** The process died while it and others were being loaded: it is loaded alone until that is cleared up. */
  readonly isSuspect: boolean;
  /** Code of its last failure. */
  readonly lastCode?: string;
  /** Since when it is skipped, ISO 8601. */
  readonly quarantinedAt?: string;
}

export interface QuarantineLimits {
  /** Crashes of the process after which a plugin is skipped. @default 2 */
  readonly crashes: number;
  /** Failures in a row after which a plugin is skipped. @default 3 */
  readonly failures: number;
}

export interface PluginState {
  /** Which of these plugins are skipped, by name, and why. */
  quarantined(plugins: ReadonlyMap<string, DiscoveredPlugin>): ReadonlyMap<string, string>;
  isSuspect(plugin: DiscoveredPlugin): boolean;
  recordOf(plugin: DiscoveredPlugin): TroubleRecord | undefined;
  /**
   * The files that quarantines rest on: what is remembered, as it was when it was read, and the code of those who gave trouble.
   * `undefined` where one was changed only just now.
   */
  stamps(plugins: Iterable<DiscoveredPlugin>): readonly FileStamp[] | undefined;
  /** Notes that loading begins; the returned function, that it ended: with an error, well, or as if it had not been. */
  loading(plugin: DiscoveredPlugin): (outcome: PluginError | 'loaded' | 'left') => void;
  /** Forgets what the plugin did. Returns whether there was something. */
  lift(name: string): boolean;
  close(): void;
}

type Records = Map<string, TroubleRecord>;

const read = (file: string): Records => {
  try {
    const parsed = JSON.parse(fs.readFileSync(file, 'utf8')) as { plugins?: Record<string, TroubleRecord> };
    return new Map(
      Object.entries(parsed.plugins ?? {}).filter(
        ([, { build, crashes, failures }]) =>
          typeof build === 'string' && Number.isInteger(crashes) && Number.isInteger(failures),
      ),
    );
  } catch {
    // Missing or damaged: nothing is held against anybody.
    return new Map();
  }
};

const buildOf = (plugin: DiscoveredPlugin): string => {
  const { version } = plugin.manifest;
  const code = statOf(entryModuleOf(plugin));
  return code === undefined ? version : `${version} ${code.size} ${Math.trunc(code.mtimeMs)}`;
};

const nothing: PluginState = {
  quarantined: () => new Map(),
  isSuspect: () => false,
  recordOf: () => undefined,
  stamps: () => [],
  loading: () => () => {},
  lift: () => false,
  close: () => {},
};

/** After a crash while several were loaded it may have been any of them; while one was, it was that one. */
const addCrashes = (records: Records, crashed: readonly (readonly string[])[]): void => {
  for (const names of crashed) {
    for (const name of names) {
      // Which build it was is found out when the plugin is next seen.
      const known = records.get(name) ?? { build: '', crashes: 0, failures: 0, isSuspect: false };
      records.set(name, { ...known, crashes: known.crashes + (names.length === 1 ? 1 : 0), isSuspect: true });
    }
  }
};

/**
 * What earlier processes went through with plugins, kept in `file`; without one nothing is remembered. Two processes that write at once
 * may lose one count, never the file.
 */
export const openPluginState = (
  file: string | undefined,
  limits: QuarantineLimits,
  now: () => number,
  onFault: (error: PluginError) => void,
): PluginState => {
  if (file === undefined) return nothing;
  const crashed = takeCrashes(file);
  const fileAsRead = statOf(file);
  const isFileSettled = isSettled(fileAsRead, Date.now());
  const records = read(file);
  const journal: CrashJournal = openCrashJournal(file, (error) => onFault(fileUnwritable(file, error)));
  let isFaulty = false;

  const save = (changed: readonly string[]): void => {
    if (isFaulty) return;
    try {
      const merged = read(file);
      for (const name of changed) {
        const record = records.get(name);
        if (record === undefined) merged.delete(name);
        else merged.set(name, record);
      }
      writeAtomicallySync(file, `${JSON.stringify({ layout: 1, plugins: Object.fromEntries(merged) }, null, 2)}\n`);
    } catch (error) {
      isFaulty = true;
      onFault(fileUnwritable(file, error));
    }
  };

  if (crashed.length > 0) {
    addCrashes(records, crashed);
    save(crashed.flat());
  }

  const recordOf = (plugin: DiscoveredPlugin): TroubleRecord | undefined => {
    const { name } = plugin.manifest;
    const record = records.get(name);
    if (record === undefined) return undefined;
    const build = buildOf(plugin);
    if (record.build === build) return record;
    if (record.build === '') {
      const named = { ...record, build };
      records.set(name, named);
      return named;
    }
    records.delete(name);
    return undefined;
  };

  const isOver = ({ crashes, failures }: TroubleRecord): boolean =>
    crashes >= limits.crashes || failures >= limits.failures;

  return {
    quarantined: (plugins) => {
      const reasons = new Map<string, string>();
      // Few plugins give trouble: those that do not are not even looked at.
      for (const name of [...records.keys()].sort()) {
        const plugin = plugins.get(name);
        const record = plugin && recordOf(plugin);
        if (record === undefined || !isOver(record)) continue;
        reasons.set(
          name,
          record.crashes >= limits.crashes
            ? `the process died ${record.crashes} times while it was being loaded`
            : `it failed ${record.failures} times in a row, at last with ${record.lastCode}`,
        );
      }
      return reasons;
    },
    isSuspect: (plugin) => recordOf(plugin)?.isSuspect === true,
    recordOf,
    stamps: (plugins) => {
      const stamps = [stampOf(file, fileAsRead)];
      for (const plugin of plugins) {
        if (!records.has(plugin.manifest.name)) continue;
        const code = statOf(entryModuleOf(plugin));
        if (!isSettled(code, Date.now())) return undefined;
        stamps.push(stampOf(entryModuleOf(plugin), code));
      }
      return isFileSettled ? stamps : undefined;
    },
    loading: (plugin) => {
      const { name } = plugin.manifest;
      journal.started(name);
      return (outcome) => {
        journal.ended(name);
        if (outcome === 'left') return;
        const known = recordOf(plugin);
        if (outcome === 'loaded') {
          if (known === undefined) return;
          records.delete(name);
        } else {
          const { crashes, failures } = known ?? { crashes: 0, failures: 0 };
          const record = { build: buildOf(plugin), crashes, failures: failures + 1, isSuspect: false };
          records.set(name, {
            ...record,
            lastCode: outcome.code,
            ...(isOver(record) && { quarantinedAt: new Date(now()).toISOString() }),
          });
        }
        save([name]);
      };
    },
    lift: (name) => {
      if (!records.delete(name)) return false;
      save([name]);
      return true;
    },
    close: () => journal.close(),
  };
};

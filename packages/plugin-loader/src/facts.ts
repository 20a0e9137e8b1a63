import type { Clock } from './clock.ts';
import type { MaybePromise } from './definition.ts';
import { entryModuleOf } from './entry-module.ts';
import { factsFailed } from './errors.ts';
import { fs } from './file-system.ts';
import type { PluginManifest } from './manifest.ts';
import type { DiscoveredPlugin } from './plan.ts';
import { fingerprintOf, listPluginFiles } from './plugin-files.ts';

/** What can be told of a plugin from its files, without running it. */
export interface PluginFacts {
  readonly manifest: PluginManifest;
  readonly folder: string;
  /** Where it was found. */
  readonly source: string;
  /** Files of its own, without those it depends on. */
  readonly files: number;
  readonly bytes: number;
  /** Whether the module that it is loaded from is there. */
  readonly hasMain: boolean;
  /** When the newest of its files was written, ISO 8601. */
  readonly changedAt: string;
}

/** Any cache: a `Map`, or one that answers later and ends entries by itself. */
export interface FactsCache {
  get(key: string): MaybePromise<unknown>;
  set(key: string, value: PluginFacts, options?: { readonly ttlMs: number }): unknown;
}

export interface FactsReader {
  /** The facts of a plugin; the same promise while they are known to hold. Rejects with `PLUGIN_FACTS_FAILED`. */
  get(plugin: DiscoveredPlugin, cache?: FactsCache): Promise<PluginFacts>;
  /** Has the facts of a plugin, or of all, made anew. */
  forget(name?: string): void;
}

interface Scan {
  readonly files: number;
  readonly bytes: number;
  readonly newestMs: number;
  /** Changes with every file added, removed or written. */
  readonly fingerprint: string;
}

interface Known {
  readonly folder: string;
  facts: Promise<PluginFacts>;
  fingerprint: string;
  expiresAt: number;
  /** Until when the files are not looked at again. */
  checkedUntil: number;
}

const ttlMs = 5 * 60_000;
const checkMs = 1_000;
const maxFiles = 2_000;

/** Looks at every file of a plugin, up to a bound. */
const scan = (folder: string): Scan => {
  const { files } = listPluginFiles(folder, maxFiles);
  return {
    files: files.length,
    bytes: files.reduce((sum, { stats }) => sum + stats.size, 0),
    newestMs: files.reduce((newest, { stats }) => Math.max(newest, stats.mtimeMs), 0),
    fingerprint: fingerprintOf(files),
  };
};

const isFacts = (value: unknown): value is PluginFacts =>
  typeof value === 'object' && value !== null && typeof (value as PluginFacts).files === 'number';

/**
 * Facts live five minutes and are answered once more after that while new ones are made. The files are looked at again at most once a
 * second: what changes there is seen within that.
 */
export const createFactsReader = (clock: Clock): FactsReader => {
  const known = new Map<string, Known>();

  const make = async (plugin: DiscoveredPlugin, found: Scan, cache: FactsCache | undefined): Promise<PluginFacts> => {
    const { manifest, folder, source } = plugin;
    const key = `plugin-facts:${manifest.name}@${manifest.version}:${folder}:${found.fingerprint}`;
    // A cache that fails is done without.
    const kept = await Promise.resolve()
      .then(() => cache?.get(key))
      .catch(() => undefined);
    if (isFacts(kept)) return kept;
    const facts: PluginFacts = {
      manifest,
      folder,
      source,
      files: found.files,
      bytes: found.bytes,
      hasMain: fs.statSync(entryModuleOf(plugin), { throwIfNoEntry: false })?.isFile() === true,
      changedAt: new Date(found.newestMs).toISOString(),
    };
    await Promise.resolve()
      .then(() => cache?.set(key, facts, { ttlMs }))
      .catch(() => undefined);
    return facts;
  };

  const renew = (plugin: DiscoveredPlugin, found: Scan, cache: FactsCache | undefined): Promise<PluginFacts> => {
    const { folder, manifest } = plugin;
    const { name } = manifest;
    const { fingerprint } = found;
    const facts = make(plugin, found, cache);
    const now = clock.now();
    known.set(name, { folder, facts, fingerprint, expiresAt: now + ttlMs, checkedUntil: now + checkMs });
    facts.catch(() => known.delete(name));
    return facts;
  };

  /** Past its end, the old answer is given and a new one made behind it. */
  const refresh = (plugin: DiscoveredPlugin, entry: Known, found: Scan, cache: FactsCache | undefined): void => {
    const facts = make(plugin, found, cache);
    entry.expiresAt = clock.now() + ttlMs;
    facts.then(
      () => {
        entry.facts = facts;
      },
      () => {
        entry.expiresAt = 0;
      },
    );
  };

  const look = (plugin: DiscoveredPlugin, entry: Known | undefined, cache: FactsCache | undefined) => {
    let found: Scan;
    try {
      found = scan(plugin.folder);
    } catch (error) {
      known.delete(plugin.manifest.name);
      return Promise.reject(factsFailed(plugin.manifest.name, plugin.folder, error));
    }
    if (entry === undefined || entry.fingerprint !== found.fingerprint) return renew(plugin, found, cache);
    entry.checkedUntil = clock.now() + checkMs;
    if (clock.now() >= entry.expiresAt) refresh(plugin, entry, found, cache);
    return entry.facts;
  };

  return {
    get: (plugin, cache) => {
      const last = known.get(plugin.manifest.name);
      // One that was moved keeps its files' times.
      const entry = last?.folder === plugin.folder ? last : undefined;
      if (entry !== undefined && clock.now() < entry.checkedUntil) return entry.facts;
      return look(plugin, entry, cache);
    },
    forget: (name) => {
      if (name === undefined) known.clear();
      else known.delete(name);
    },
  };
};

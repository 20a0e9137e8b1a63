import type { AnswerStores } from '@hotpath/runtime';
import {
  type CacheSettings,
  describeDamage,
  findSettings,
  type PluginStoreName,
  pluginStoreOf,
  withStores,
} from '../cache-stores.ts';
import { configFlag, defineCommand } from '../command.ts';
import { cacheUnavailable } from '../errors.ts';
import { showBytes, showCount, showDuration, showEntries, showTable, showTime } from '../figures.ts';
import { oneLine } from '../plain-text.ts';
import { note, styledOut, writeOut } from '../terminal.ts';

const mostUsedShown = 5;
const mostTagsShown = 20;

interface RedisState {
  readonly reachable: boolean;
  readonly roundTripMs?: number;
  readonly entries?: number;
  readonly bytes?: number;
  readonly error?: string;
}

/** What the file holds, or the store of a plugin in its place. Times are epoch milliseconds. */
interface CacheStateOfDisk {
  /** Null where it is the store of a plugin. */
  readonly path: string | null;
  readonly store: PluginStoreName | null;
  readonly exists: boolean;
  readonly entries: number;
  readonly expired: number;
  /** 0 where a plugin's store does not measure. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly freeBytes: number;
  readonly logBytes: number;
  readonly oldestAt: number | null;
  readonly newestAt: number | null;
  readonly tags: readonly { readonly tag: string; readonly entries: number }[];
  readonly usedKeys: number;
}

export interface CacheStateOfStores extends CacheStateOfDisk {
  readonly enabled: boolean;
  readonly mostUsed: readonly string[];
  readonly redis: RedisState | null;
}

const askRedis = async (shared: AnswerStores['shared']): Promise<RedisState | null> => {
  if (shared === undefined) return null;
  try {
    // The first call waits for the connection.
    await shared.get('hotpath:ping');
    const startedAt = performance.now();
    await shared.get('hotpath:ping');
    const roundTripMs = performance.now() - startedAt;
    const { entries, bytes } = await shared.usage();
    return { reachable: true, roundTripMs, entries, bytes };
  } catch (error) {
    return { reachable: false, error: error instanceof Error ? error.message : String(error) };
  }
};

/** What the file holds. Throws `CLI_CACHE_UNAVAILABLE` for a damaged one. */
const stateOfFile = async (settings: CacheSettings): Promise<(stores: AnswerStores) => Promise<CacheStateOfDisk>> => {
  const { inspectCacheFile } = await import('@hotpath/runtime');
  const file = await inspectCacheFile(settings);
  const [problem] = file?.problems ?? [];
  if (problem !== undefined) throw cacheUnavailable(describeDamage(settings.path, problem));
  return async ({ disk }) => {
    const keys = [file?.oldestKey, file?.newestKey].filter((key) => key !== undefined);
    const ends = await Promise.all(keys.map((key) => disk?.get(key)));
    const times = ends.flatMap((entry) => (entry === undefined ? [] : [entry.createdAt]));
    return {
      path: settings.path,
      store: null,
      exists: file !== undefined,
      entries: file?.entries ?? 0,
      expired: file?.expired ?? 0,
      bytes: file === undefined ? 0 : file.fileBytes - file.freeBytes,
      maxBytes: settings.diskBytes,
      freeBytes: file?.freeBytes ?? 0,
      logBytes: file?.logBytes ?? 0,
      oldestAt: times.length === 0 ? null : Math.min(...times),
      newestAt: times.length === 0 ? null : Math.max(...times),
      tags: file?.tags ?? [],
      usedKeys: file?.usedKeys ?? 0,
    };
  };
};

/** What the store of a plugin says that it holds. */
const stateOfPluginStore = async (
  settings: CacheSettings,
  store: PluginStoreName,
  { disk }: AnswerStores,
): Promise<CacheStateOfDisk> => {
  const usage = await disk?.usage();
  return {
    path: null,
    store,
    exists: disk !== undefined,
    entries: usage?.entries ?? 0,
    expired: 0,
    bytes: usage?.bytes ?? 0,
    maxBytes: usage?.maxBytes ?? settings.diskBytes,
    freeBytes: 0,
    logBytes: 0,
    oldestAt: null,
    newestAt: null,
    tags: [],
    usedKeys: 0,
  };
};

/** What the configured cache holds. Throws `CLI_CACHE_UNAVAILABLE` for one that cannot be used. */
export const collectCacheState = async (settings: CacheSettings): Promise<CacheStateOfStores> => {
  const store = pluginStoreOf(settings);
  const collect =
    store === null
      ? await stateOfFile(settings)
      : (stores: AnswerStores) => stateOfPluginStore(settings, store, stores);
  const gather = async (stores: AnswerStores): Promise<CacheStateOfStores> => ({
    enabled: settings.enabled,
    ...(await collect(stores)),
    mostUsed: (await stores.disk?.popularity?.top(mostUsedShown)) ?? [],
    redis: await askRedis(stores.shared),
  });
  return withStores(settings, gather, { onlyReads: true });
};

const describeRedis = ({ reachable, roundTripMs = 0, entries = 0, bytes = 0, error }: RedisState): string =>
  reachable
    ? `reachable in ${showDuration(roundTripMs)}, ${showEntries(entries)}, ${showBytes(bytes)}`
    : `not reachable: ${error}`;

const render = (stats: CacheStateOfStores): string => {
  const { store, entries, expired, bytes, maxBytes, freeBytes, logBytes, oldestAt, newestAt, tags, usedKeys, redis } =
    stats;
  const size = `${showBytes(bytes)} of ${showBytes(maxBytes)}`;
  const rows: [string, string][] =
    store === null
      ? [
          ['File', stats.exists ? `${stats.path}` : `${stats.path} (not there yet)`],
          ['Entries', expired === 0 ? showCount(entries) : `${showCount(entries)}, and ${showCount(expired)} expired`],
          ['Size', `${size}, ${showBytes(freeBytes)} free, log ${showBytes(logBytes)}`],
        ]
      : [
          ['Store', `${store.name} of the plugin ${store.plugin}`],
          ['Entries', showCount(entries)],
          ['Size', entries > 0 && bytes === 0 ? 'not measured' : size],
        ];
  if (oldestAt !== null) rows.push(['Oldest', showTime(oldestAt)]);
  if (newestAt !== null) rows.push(['Newest', showTime(newestAt)]);
  if (store === null) rows.push(['Used keys', `${showCount(usedKeys)} remembered`]);
  if (redis !== null) rows.push(['Redis', describeRedis(redis)]);
  const sections = [showTable(rows)];
  if (tags.length > 0) {
    const shown = tags.slice(0, mostTagsShown).map(({ tag, entries: count }) => [tag, showCount(count)] as const);
    const more = tags.length > shown.length ? `  and ${tags.length - shown.length} more tags: --json\n` : '';
    sections.push(`${styledOut('bold', 'Entries by tag')}\n${showTable(shown, '  ')}${more}`);
  }
  if (stats.mostUsed.length > 0) {
    sections.push(`${styledOut('bold', 'Most used')}\n${stats.mostUsed.map((key) => `  ${oneLine(key)}\n`).join('')}`);
  }
  return sections.join('\n');
};

export const cacheStats = defineCommand({
  name: 'cache stats',
  summary: 'Show what the cache holds',
  description: `Tells what is in the configured file, and whether Redis answers where one is configured. Needs no server; what a running
one holds in memory or has not written yet is not counted. What was invalidated is counted, in the entries, by tag and in
the size, until it has been removed; what has expired is counted apart. Keys are remembered also where
their entry is gone. Sizes leave out space that the file can use again. Of a plugin's store (cache.store), it tells what the store
itself knows: how many entries, and how large.`,
  flags: { json: { type: 'boolean', description: 'Print one JSON object' }, config: configFlag },
  examples: [
    'hotpath cache stats',
    'hotpath cache stats --json | jq \'.tags[] | select(.tag | startswith("model:"))\'',
  ],
  async run({ flags }) {
    const stats = await collectCacheState(await findSettings(flags.config));
    await writeOut(flags.json ? `${JSON.stringify(stats)}\n` : render(stats));
    if (!flags.json && !stats.exists) note('Nothing has been stored yet.');
    return 0;
  },
});

import { manifestUnreadable, PluginError } from './errors.ts';
import { type FileStamp, isSettled, stampOf, statOf } from './file-stamps.ts';
import { fs } from './file-system.ts';
import { type PluginManifest, parseManifest } from './manifest.ts';
import type { FileContent, SourceContext } from './source.ts';
import type { Verdicts } from './versions.ts';

/** A file as it was read: its stamp, and its manifest; 0 where there was nothing of interest. */
export type IndexEntry = readonly [stamp: FileStamp, picked: PluginManifest | null | 0];

/** What is kept of it between starts. */
export interface ManifestIndexContent {
  /** By source, then by path. */
  readonly sources: Readonly<Record<string, Readonly<Record<string, IndexEntry>>>>;
  /** Whether versions are in ranges: range, then pairs of version and verdict. */
  readonly verdicts: readonly (readonly [range: string, versions: readonly (readonly [string, boolean | null])[]])[];
}

/** One source's view of the index. */
export interface SourceReader extends SourceContext {
  /** What the source did not ask for until now is forgotten. */
  end(): void;
}

/** What earlier starts read, checked against the files' size and times. */
export interface ManifestIndex {
  source(id: string): SourceReader;
  /** Whether this is what the index read and checked, now or before. */
  isChecked(manifest: unknown): manifest is PluginManifest;
  /** Whether versions are in ranges, kept as they are expensive to work out and never change. */
  readonly verdicts: Verdicts;
  /** Files read and files answered from the index since it was opened. */
  counts(): { readonly read: number; readonly reused: number };
  /**
   * Everything that sources looked at since it was opened, there or not; `undefined` where something was changed only just now, so that a
   * later change might not show.
   */
  stamps(): readonly FileStamp[] | undefined;
  /** What to keep, if that is not what was kept before. */
  changed(): ManifestIndexContent | undefined;
}

const maxManifestBytes = 1_048_576;
const maxSources = 64;
const maxRanges = 512;
const maxVersions = 64;

const readManifest = (path: string, size: number, pick: (json: unknown) => unknown): FileContent => {
  try {
    if (size > maxManifestBytes) throw new Error(`it has ${size} bytes; ${maxManifestBytes} are the most`);
    const text = fs.readFileSync(path, 'utf8');
    const picked = pick(JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text));
    return { value: picked === null || picked === undefined ? picked : parseManifest(picked, path) };
  } catch (error) {
    return { error: PluginError.isInstance(error) ? error : manifestUnreadable(path, error) };
  }
};

const countOf = (verdicts: Verdicts): number => {
  let count = 0;
  for (const versions of verdicts.values()) count += versions.size;
  return count;
};

const isSame = (one: FileStamp, other: FileStamp): boolean => one.every((part, at) => part === other[at]);

/** Opens the index that an earlier start kept, or an empty one. `now` is compared with the times of files, epoch ms. */
export const openManifestIndex = (
  before: ManifestIndexContent | undefined,
  now: () => number = Date.now,
): ManifestIndex => {
  const verdicts: Verdicts = new Map((before?.verdicts ?? []).map(([range, versions]) => [range, new Map(versions)]));
  const knownVerdicts = countOf(verdicts);
  const sources: Record<string, Record<string, IndexEntry>> = {};
  const checked = new WeakSet<object>();
  const stamps = new Map<string, FileStamp>();
  let areSettled = true;
  let read = 0;
  let reused = 0;
  let isChanged = false;

  /** Looks at a file or folder, and notes how it is. */
  const look = (path: string) => {
    const stats = statOf(path);
    const stamp = stampOf(path, stats);
    const settled = isSettled(stats, now());
    const seen = stamps.get(path);
    if (!settled || (seen !== undefined && !isSame(seen, stamp))) areSettled = false;
    stamps.set(path, stamp);
    return { stats, stamp, settled };
  };

  const names = (folder: string): readonly string[] => {
    // Looked at first: what is put into it meanwhile shows next time.
    look(folder);
    try {
      return fs.readdirSync(folder).sort();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return [];
      throw error;
    }
  };

  return {
    verdicts,
    isChecked: (manifest): manifest is PluginManifest => checked.has(manifest as object),
    source: (id) => {
      const known = before?.sources[id] ?? {};
      const next: Record<string, IndexEntry> = {};
      let matched = 0;
      return {
        names,
        read: (path, pick) => {
          const { stats, stamp, settled } = look(path);
          if (stats === undefined || !stats.isFile()) return undefined;
          const entry = Object.hasOwn(known, path) ? known[path] : undefined;
          if (entry !== undefined && isSame(entry[0], stamp)) {
            reused += 1;
            if (!Object.hasOwn(next, path)) matched += 1;
            next[path] = entry;
            const [, picked] = entry;
            if (picked === 0) return { value: undefined };
            if (picked !== null) checked.add(picked);
            return { value: picked };
          }
          read += 1;
          const content = readManifest(path, stats.size, pick);
          if ('error' in content) return content;
          const { value } = content;
          if (value) checked.add(value);
          if (settled) {
            isChanged = true;
            next[path] = [stamp, value === undefined ? 0 : value];
          }
          return content;
        },
        end: () => {
          sources[id] = next;
          if (matched !== Object.keys(known).length) isChanged = true;
        },
      };
    },
    counts: () => ({ read, reused }),
    stamps: () => (areSettled ? [...stamps.values()] : undefined),
    changed: () => {
      if (!isChanged && countOf(verdicts) === knownVerdicts) return undefined;
      // Of sources that this start does not ask, such as another project's, the index keeps what it knew.
      const others = Object.entries(before?.sources ?? {}).filter(([id]) => !Object.hasOwn(sources, id));
      return {
        sources: Object.fromEntries([...others, ...Object.entries(sources)].slice(-maxSources)),
        verdicts: [...verdicts]
          .slice(-maxRanges)
          .map(([range, versions]) => [range, [...versions].slice(-maxVersions)]),
      };
    },
  };
};

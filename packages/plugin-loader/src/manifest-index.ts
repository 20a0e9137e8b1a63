import { readFileSync, type Stats, statSync } from 'node:fs';
import { writeAtomically } from './atomic-write.ts';
import { manifestUnreadable, PluginError } from './errors.ts';
import { encodeIndex, type IndexEntry, readIndex } from './index-file.ts';
import { type PluginManifest, parseManifest } from './manifest.ts';
import type { FileContent, SourceContext } from './source.ts';
import type { Verdicts } from './versions.ts';

/** What earlier starts read, checked against the files' size and times. */
export interface ManifestIndex {
  /** For one source; ends with `end`, after which what it did not ask for is forgotten. */
  source(id: string): SourceContext & { end(): void };
  /** Whether this is what the index read and checked, now or before. */
  isChecked(manifest: unknown): manifest is PluginManifest;
  /** Whether versions are in ranges, kept as they are expensive to work out and never change. */
  readonly verdicts: Verdicts;
  /** Files read and files answered from the index since it was opened. */
  counts(): { readonly read: number; readonly reused: number };
  /** Writes what changed. Resolves to whether there was something to write; rejects where the file cannot be written. */
  save(): Promise<boolean>;
}

const maxManifestBytes = 1_048_576;
const maxSources = 64;
const maxRanges = 512;
const maxVersions = 64;
// A file written at the same tick of its file system's clock as it was read may change once more without its times doing so: it is
// read again next time. Clocks that count in whole seconds are given two.
const tickMs = 50;
const coarseTickMs = 2_000;

const isSettled = ({ mtimeMs, ctimeMs }: Stats, now: number): boolean =>
  now - Math.max(mtimeMs, ctimeMs) > (mtimeMs % 1_000 === 0 && ctimeMs % 1_000 === 0 ? coarseTickMs : tickMs);

const readManifest = (path: string, size: number, pick: (json: unknown) => unknown): FileContent => {
  try {
    if (size > maxManifestBytes) throw new Error(`it has ${size} bytes; ${maxManifestBytes} are the most`);
    const text = readFileSync(path, 'utf8');
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

const statOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // A loop of links, or a folder that may not be entered: as if it were not there.
    return undefined;
  }
};

/** Opens the index in `file`, or an empty one that is kept nowhere. `now` is compared with the times of files, epoch ms. */
export const openManifestIndex = (file: string | undefined, now: () => number = Date.now): ManifestIndex => {
  const before = file === undefined ? undefined : readIndex(file);
  const verdicts: Verdicts = new Map((before?.verdicts ?? []).map(([range, versions]) => [range, new Map(versions)]));
  const knownVerdicts = countOf(verdicts);
  const sources: Record<string, Record<string, IndexEntry>> = {};
  const checked = new WeakSet<object>();
  let read = 0;
  let reused = 0;
  let isChanged = false;

  return {
    verdicts,
    isChecked: (manifest): manifest is PluginManifest => checked.has(manifest as object),
    source: (id) => {
      const known = before?.sources[id] ?? {};
      const next: Record<string, IndexEntry> = {};
      let matched = 0;
      return {
        read: (path, pick) => {
          const stats = statOf(path);
          if (stats === undefined || !stats.isFile()) return undefined;
          const { size, mtimeMs, ctimeMs } = stats;
          const entry = Object.hasOwn(known, path) ? known[path] : undefined;
          if (entry !== undefined && entry[0] === size && entry[1] === mtimeMs && entry[2] === ctimeMs) {
            reused += 1;
            matched += 1;
            next[path] = entry;
            if (entry[3] === 0) return { value: undefined };
            if (entry[3] !== null) checked.add(entry[3]);
            return { value: entry[3] };
          }
          read += 1;
          const content = readManifest(path, size, pick);
          if ('error' in content) return content;
          const { value } = content;
          if (value) checked.add(value);
          if (isSettled(stats, now())) {
            isChanged = true;
            next[path] = [size, mtimeMs, ctimeMs, value === undefined ? 0 : value];
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
    save: async () => {
      if (file === undefined || !(isChanged || countOf(verdicts) !== knownVerdicts)) return false;
      isChanged = false;
      // Of sources that this start does not ask, such as another project's, the index keeps what it knew.
      const others = Object.entries(before?.sources ?? {}).filter(([id]) => !Object.hasOwn(sources, id));
      const kept = [...others, ...Object.entries(sources)].slice(-maxSources);
      await writeAtomically(
        file,
        encodeIndex({
          sources: Object.fromEntries(kept),
          verdicts: [...verdicts]
            .slice(-maxRanges)
            .map(([range, versions]) => [range, [...versions].slice(-maxVersions)]),
        }),
      );
      return true;
    },
  };
};

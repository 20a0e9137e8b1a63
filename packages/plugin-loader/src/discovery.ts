import { isAbsolute, resolve } from 'node:path';
import type { Clock } from './clock.ts';
import { type DiscoveryIndex, openDiscoveryIndex } from './discovery-index.ts';
import { manifestUnreadable, PluginError, sourceFailed } from './errors.ts';
import { areUnchanged, type FileStamp } from './file-stamps.ts';
import { parseManifest } from './manifest.ts';
import { type ManifestIndex, openManifestIndex } from './manifest-index.ts';
import { type DiscoveredPlugin, makePlan, type Plan, type PlanOptions } from './plan.ts';
import { fromSnapshot, toSnapshot } from './plan-snapshot.ts';
import type { FoundPlugin, PluginSource } from './source.ts';
import { withTimeLimit } from './time-limit.ts';

export interface Discovery {
  readonly plan: Plan;
  readonly durationMs: number;
  /** Manifest files read, and those answered from the index. */
  readonly files: { readonly read: number; readonly reused: number };
  /** The files that the plan rests on; `undefined` where it rests on more than files, or on some that were changed only just now. */
  readonly stamps: readonly FileStamp[] | undefined;
  /** Writes the index where something changed. */
  save(): Promise<boolean>;
}

export interface DiscoveryOptions extends Omit<PlanOptions, 'verdicts'> {
  readonly sources: readonly PluginSource[];
  readonly indexFile: string | undefined;
  readonly sourceTimeoutMs: number;
  readonly clock: Clock;
  /** Compared with the times of files, epoch ms. @default Date.now */
  readonly fileNow?: (() => number) | undefined;
}

const checkFound = (
  { folder, file, manifest }: FoundPlugin,
  source: string,
  isChecked: ManifestIndex['isChecked'],
  problems: PluginError[],
): DiscoveredPlugin | undefined => {
  try {
    if (manifest instanceof Error) throw manifest;
    const checked = isChecked(manifest) ? manifest : parseManifest(manifest, file);
    return { manifest: checked, folder: isAbsolute(folder) ? folder : resolve(folder), file, source };
  } catch (error) {
    problems.push(PluginError.isInstance(error) ? error : manifestUnreadable(file, error));
    return undefined;
  }
};

interface Listed {
  readonly plugins: readonly DiscoveredPlugin[];
  readonly problems: PluginError[];
  readonly isWhole: boolean;
}

/** Asks all sources and checks what they found. */
const listPlugins = async (
  { sources, sourceTimeoutMs, clock }: DiscoveryOptions,
  manifests: ManifestIndex,
): Promise<Listed> => {
  const problems: PluginError[] = [];
  const late = (): Error => new Error(`no answer within timeouts.sourceMs, ${sourceTimeoutMs} ms`);
  let isWhole = true;
  const listed = await Promise.all(
    sources.map(async (source) => {
      const context = manifests.source(source.id);
      try {
        const answer = source.list(context);
        const found = answer instanceof Promise ? await withTimeLimit(answer, sourceTimeoutMs, clock, late) : answer;
        if (!Array.isArray(found)) throw new TypeError('it returned no list');
        return { source: source.id, found };
      } catch (error) {
        isWhole = false;
        problems.push(sourceFailed(source.id, error));
        return { source: source.id, found: [] };
      } finally {
        context.end();
      }
    }),
  );
  const plugins = listed.flatMap(({ source, found }) =>
    found.flatMap((each) => checkFound(each, source, manifests.isChecked, problems) ?? []),
  );
  return { plugins, problems, isWhole };
};

/** All that a discovery goes by besides files and quarantines; `undefined` where a source does not tell what it goes by. */
const keyOf = ({ sources, hostVersion, disabled }: DiscoveryOptions): string | undefined => {
  const told = sources.map(({ id, basis }) => [id, basis]);
  return told.some(([, basis]) => basis === undefined)
    ? undefined
    : JSON.stringify([hostVersion, [...disabled].sort(), told]);
};

/** The discovery of an earlier start, where all that it rests on is as it was. */
const recall = (
  index: DiscoveryIndex,
  key: string,
  options: DiscoveryOptions,
): Omit<Discovery, 'durationMs'> | undefined => {
  const kept = index.discovery(key);
  if (kept === undefined || !areUnchanged(kept.stamps)) return undefined;
  const plan = fromSnapshot(kept.plan);
  const quarantined = options.quarantined(plan.plugins);
  if (JSON.stringify([...quarantined]) !== JSON.stringify(kept.plan.quarantined)) return undefined;
  return { plan, files: { read: 0, reused: kept.manifests }, stamps: kept.stamps, save: async () => false };
};

const discoverAnew = async (
  index: DiscoveryIndex,
  key: string | undefined,
  options: DiscoveryOptions,
): Promise<Omit<Discovery, 'durationMs'>> => {
  const manifests = openManifestIndex(index.manifests(), options.fileNow);
  const { plugins, problems, isWhole } = await listPlugins(options, manifests);
  const made = await makePlan(plugins, { ...options, verdicts: manifests.verdicts });
  const plan = { ...made, problems: [...problems, ...made.problems] };
  const files = manifests.counts();
  const stamps = isWhole && key !== undefined ? manifests.stamps() : undefined;
  const discovery = stamps && {
    stamps,
    manifests: files.read + files.reused,
    plan: toSnapshot(plan),
  };
  return { plan, files, stamps, save: () => index.save(manifests.changed(), key, discovery) };
};

/** Asks all sources, or the index for them, and makes the plan. Never rejects: what is wrong is in `plan.problems`. */
export const discover = async (options: DiscoveryOptions): Promise<Discovery> => {
  const { indexFile, clock } = options;
  const startedAt = clock.now();
  const index = openDiscoveryIndex(indexFile);
  const key = keyOf(options);
  const known = key === undefined ? undefined : recall(index, key, options);
  const discovery = known ?? (await discoverAnew(index, key, options));
  return { ...discovery, durationMs: clock.now() - startedAt };
};

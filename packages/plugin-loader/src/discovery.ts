import { isAbsolute, resolve } from 'node:path';
import type { Clock } from './clock.ts';
import { manifestUnreadable, PluginError, sourceFailed } from './errors.ts';
import { parseManifest } from './manifest.ts';
import { type ManifestIndex, openManifestIndex } from './manifest-index.ts';
import { type DiscoveredPlugin, makePlan, type Plan, type PlanOptions } from './plan.ts';
import type { FoundPlugin, PluginSource } from './source.ts';

export interface Discovery {
  readonly plan: Plan;
  readonly durationMs: number;
  /** Manifest files read, and those answered from the index. */
  readonly files: { readonly read: number; readonly reused: number };
  /** Writes the index where something changed. */
  save(): Promise<boolean>;
}

export interface DiscoveryOptions extends Omit<PlanOptions, 'verdicts'> {
  readonly sources: readonly PluginSource[];
  readonly indexFile: string | undefined;
  readonly sourceTimeoutMs: number;
  readonly clock: Clock;
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

const within = <Value>(promise: Promise<Value>, ms: number, clock: Clock): Promise<Value> =>
  new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new Error(`no answer within ${ms} ms`)));
    promise.then(resolve, reject).finally(cancel);
  });

/** Asks all sources, checks what they found and makes the plan. Never rejects: what is wrong is in `plan.problems`. */
export const discover = async (options: DiscoveryOptions): Promise<Discovery> => {
  const { sources, indexFile, sourceTimeoutMs, clock } = options;
  const startedAt = clock.now();
  const index = openManifestIndex(indexFile);
  const problems: PluginError[] = [];
  const listed = await Promise.all(
    sources.map(async (source) => {
      const context = index.source(source.id);
      try {
        const answer = source.list(context);
        const found = answer instanceof Promise ? await within(answer, sourceTimeoutMs, clock) : answer;
        return { source: source.id, found };
      } catch (error) {
        problems.push(sourceFailed(source.id, error));
        return { source: source.id, found: [] };
      } finally {
        context.end();
      }
    }),
  );
  const plugins = listed.flatMap(({ source, found }) =>
    found.flatMap((each) => checkFound(each, source, index.isChecked, problems) ?? []),
  );
  const plan = await makePlan(plugins, { ...options, verdicts: index.verdicts });
  return {
    plan: { ...plan, problems: [...problems, ...plan.problems] },
    durationMs: clock.now() - startedAt,
    files: index.counts(),
    save: index.save,
  };
};

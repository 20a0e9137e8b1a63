import { type ContributionKind, type Contributions, contributionKinds } from './contributions.ts';
import { contributionInvalid } from './errors.ts';
import type { PluginManifest } from './manifest.ts';

export type ActiveContributions = ReadonlyMap<ContributionKind, ReadonlyMap<string, object>>;

const isUsable = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** Holds what `activate` returned against what the manifest declares: neither may have more than the other. */
export const checkContributions = (
  { name, contributes }: Pick<PluginManifest, 'name' | 'contributes'>,
  returned: Contributions | undefined,
): ActiveContributions => {
  const given: Readonly<Record<string, unknown>> = isUsable(returned) ? { ...returned } : {};
  for (const kind of Object.keys(given)) {
    if (!contributionKinds.includes(kind as ContributionKind))
      throw contributionInvalid(name, kind, '', `are of no kind that exists: return ${contributionKinds.join(', ')}`);
  }
  const checked = new Map<ContributionKind, ReadonlyMap<string, object>>();
  for (const kind of contributionKinds) {
    const declared = new Set((contributes[kind] ?? []).map((each) => each.name));
    const ofKind = isUsable(given[kind]) ? (given[kind] as Readonly<Record<string, unknown>>) : {};
    const found = new Map<string, object>();
    for (const [id, implementation] of Object.entries(ofKind)) {
      if (!declared.has(id))
        throw contributionInvalid(name, kind, id, `is not in the manifest: add it under contributes.${kind}`);
      if (!isUsable(implementation))
        throw contributionInvalid(name, kind, id, 'is neither a function nor an object: return what implements it');
      found.set(id, implementation);
    }
    for (const id of declared) {
      if (!found.has(id))
        throw contributionInvalid(
          name,
          kind,
          id,
          'is declared, and activate() did not return it: return it, or take it out',
        );
    }
    if (found.size > 0) checked.set(kind, found);
  }
  return checked;
};

import { writeAtomically } from './atomic-write.ts';
import type { FileStamp } from './file-stamps.ts';
import { encodeIndex, encodePart, readIndex } from './index-file.ts';
import type { ManifestIndexContent } from './manifest-index.ts';
import type { PlanSnapshot } from './plan-snapshot.ts';

/** A whole discovery, and all that it rests on besides what its key says. */
export interface KeptDiscovery {
  readonly stamps: readonly FileStamp[];
  /** Manifests that were read for it. */
  readonly manifests: number;
  readonly plan: PlanSnapshot;
}

/** What discoveries leave to later starts: what manifests say, and whole plans for hosts that look in the same places. */
export interface DiscoveryIndex {
  discovery(key: string): KeptDiscovery | undefined;
  manifests(): ManifestIndexContent | undefined;
  /**
   * Writes what is new: manifests, and a discovery in the place of the one of this key. Resolves to whether there was anything to write;
   * rejects where the file cannot be written.
   */
  save(
    manifests: ManifestIndexContent | undefined,
    key: string | undefined,
    discovery: KeptDiscovery | undefined,
  ): Promise<boolean>;
}

const manifestsPart = 'manifests';
const prefix = 'discovery ';
// One for each project of a user, and some for those who use several versions of a host. Those that changed longest ago go first.
const maxDiscoveries = 16;

/** Opens the index in `file`, or an empty one that is kept nowhere. */
export const openDiscoveryIndex = (file: string | undefined): DiscoveryIndex => {
  const before = file === undefined ? undefined : readIndex(file);
  return {
    discovery: (key) => before?.read(prefix + key) as KeptDiscovery | undefined,
    manifests: () => before?.read(manifestsPart) as ManifestIndexContent | undefined,
    save: async (manifests, key, discovery) => {
      if (file === undefined || (manifests === undefined && discovery === undefined)) return false;
      const parts = new Map<string, Uint8Array>();
      if (manifests !== undefined) parts.set(manifestsPart, encodePart(manifests));
      else if (before !== undefined) parts.set(manifestsPart, before.bytes(manifestsPart));
      const others = (before?.names ?? []).filter((name) => name.startsWith(prefix) && name !== prefix + key);
      for (const name of others.slice(1 - maxDiscoveries)) parts.set(name, before?.bytes(name) as Uint8Array);
      if (discovery !== undefined) parts.set(prefix + key, encodePart(discovery));
      await writeAtomically(file, encodeIndex(parts));
      return true;
    },
  };
};

import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { areUnchanged, type FileStamp } from '@hotpath/plugin-loader/stamps';
import { type ConfigPlacesOptions, configCandidates } from '../config-files.ts';
import type { Folders } from '../folders.ts';
import type { PluginCatalogue } from './catalogue.ts';
import type { PluginPlaces } from './places.ts';
import { replaceFile } from './replace-file.ts';

/** What a start found out about plugins, so that the next one need not even read the loader. */
export interface PluginDigest extends PluginCatalogue {
  /** Changes with the meaning of what follows it. */
  readonly layout: 2;
  readonly projectFolder: string;
  /** What the configuration says of which plugins there are, as JSON. */
  readonly settings: string;
  /** What the catalogue rests on; it holds while all of these are as they were. */
  readonly stamps: readonly FileStamp[];
  /** The files that decide on the configuration. */
  readonly configStamps: readonly FileStamp[];
}

const mostDigests = 64;

/** FNV-1a, twice 32 bits: a name for a file, which says itself what it is about. */
const shortHash = (text: string): string => {
  let [low, high] = [0x811c9dc5, 0xcbf29ce4];
  for (let index = 0; index < text.length; index += 1) {
    low = Math.imul(low ^ text.charCodeAt(index), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(index), 0x01000197);
  }
  return (low >>> 0).toString(36) + (high >>> 0).toString(36);
};

/** Where the digest is kept for these places and this choice of a configuration. */
export const digestFile = (
  folders: Folders,
  { project, packageRoots }: Pick<PluginPlaces, 'project' | 'packageRoots'>,
  config: ConfigPlacesOptions,
): string => {
  const key = JSON.stringify([project, packageRoots, configCandidates(config)]);
  return join(folders.cache, 'plugins', `${shortHash(key)}.json`);
};

/** The digest in a file, where all that its catalogue rests on is unchanged. */
export const readDigest = (file: string, projectFolder: string): PluginDigest | undefined => {
  try {
    const digest = JSON.parse(readFileSync(file, 'utf8')) as PluginDigest;
    const isOurs =
      digest.layout === 2 &&
      digest.projectFolder === projectFolder &&
      Array.isArray(digest.contributions) &&
      Array.isArray(digest.events) &&
      Array.isArray(digest.warnings) &&
      Array.isArray(digest.configStamps);
    return isOurs && areUnchanged(digest.stamps) ? digest : undefined;
  } catch {
    return undefined;
  }
};

const writtenAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Keeps a digest. It only saves time: where it cannot be kept, nobody needs to know. */
export const writeDigest = (file: string, digest: PluginDigest): void => {
  const folder = dirname(file);
  // A folder for caches is made by whoever has more to put into it: only looking at a machine changes nothing there.
  if (!existsSync(dirname(folder))) return;
  try {
    replaceFile(file, JSON.stringify(digest));
    const others = readdirSync(folder).filter((name) => name !== basename(file));
    if (others.length < mostDigests) return;
    const [oldest] = others.map((name) => join(folder, name)).sort((a, b) => writtenAt(a) - writtenAt(b));
    if (oldest !== undefined) rmSync(oldest, { force: true });
  } catch {
    // The next start finds out again.
  }
};

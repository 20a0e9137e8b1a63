import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './run.ts';

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | { readonly types?: string; readonly default?: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface PublicPackage {
  readonly folder: string;
  readonly manifest: Manifest;
  /** The tarball's name, as npm and pnpm call it. */
  readonly tarball: string;
  /** What it exports that can be imported, as specifiers: `@hotpath/cache/stores/memory`. */
  readonly specifiers: readonly string[];
}

export const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

const specifiersOf = ({ name, exports = {} }: Manifest): string[] =>
  Object.entries(exports).flatMap(([subpath, target]) => (typeof target === 'string' ? [] : [name + subpath.slice(1)]));

/** Every package of the workspace that npm users can install. */
export const publicPackages: readonly PublicPackage[] = globSync('{packages,apps}/*/package.json', { cwd: root })
  .sort()
  .map((path) => join(root, dirname(path)))
  .map((folder) => ({ folder, manifest: readManifest(folder) }))
  .filter(({ manifest }) => manifest.private !== true)
  .map(({ folder, manifest }) => ({
    folder,
    manifest,
    tarball: `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`,
    specifiers: specifiersOf(manifest),
  }));

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PackedPackage } from './pack.ts';
import { readManifest } from './packages.ts';
import { mustRun, root } from './run.ts';

/** A folder of somebody who installs tarballs with npm: their dependencies come from the registry. */
export const installTarballs = async (folder: string, packed: readonly PackedPackage[]): Promise<string> => {
  mkdirSync(folder, { recursive: true });
  const dependencies = Object.fromEntries(
    packed.map(({ manifest, tarballPath }) => [manifest.name, `file:${tarballPath}`]),
  );
  writeFileSync(
    join(folder, 'package.json'),
    // Overrides send the packages that depend on each other to the tarballs too.
    JSON.stringify({ name: 'consumer', private: true, type: 'module', dependencies, overrides: dependencies }),
  );
  await mustRun(
    'npm',
    ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'],
    folder,
  );
  return folder;
};

/** Lends a consumer what it would have of its own: optional peers and types. The repository has them installed. */
export const lend = (folder: string, names: readonly string[]): void => {
  for (const name of names) {
    const target = join(folder, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), target);
  }
};

/** The optional peers that the packages name. */
export const optionalPeers = (packed: readonly PackedPackage[]): readonly string[] => [
  ...new Set(
    packed.flatMap(({ content }) => {
      const { peerDependenciesMeta = {} } = readManifest(content);
      return Object.entries(peerDependenciesMeta).flatMap(([name, { optional }]) => (optional ? [name] : []));
    }),
  ),
];

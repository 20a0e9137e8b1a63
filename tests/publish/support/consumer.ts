import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PackedPackage } from './pack.ts';
import { readManifest } from './packages.ts';
import { mustRun } from './run.ts';

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

/** Something installed in the repository: its name, and the folder of the package that has it. */
interface Installed {
  readonly name: string;
  readonly folder: string;
}

/** Lends a consumer what it would have of its own: optional peers and types. The repository has them installed. */
export const lend = (folder: string, installed: readonly Installed[]): void => {
  for (const { name, folder: owner } of installed) {
    const target = join(folder, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(owner, 'node_modules', name), target);
  }
};

/** The optional peers that the packages name. */
export const optionalPeers = (packed: readonly PackedPackage[]): readonly Installed[] => {
  const peers = new Map<string, Installed>();
  for (const { content, folder } of packed) {
    const { peerDependenciesMeta = {} } = readManifest(content);
    for (const [name, { optional }] of Object.entries(peerDependenciesMeta)) {
      if (optional) peers.set(name, { name, folder });
    }
  }
  return [...peers.values()];
};

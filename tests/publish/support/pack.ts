import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PublicPackage, publicPackages } from './packages.ts';
import { mustRun, root } from './run.ts';

/** Where a package was packed to, and where its content was unpacked. */
export interface PackedPackage extends PublicPackage {
  readonly tarballPath: string;
  readonly content: string;
}

/** Packs every public package as `pnpm publish` would, and unpacks it into a folder of its own. */
export const packAll = async (folder: string): Promise<readonly PackedPackage[]> => {
  const { devEngines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devEngines: { packageManager: { version: string } };
  };
  const filters = publicPackages.map(({ manifest }) => `--filter=${manifest.name}`);
  await mustRun(
    'npx',
    [
      '--yes',
      '--prefer-offline',
      `pnpm@${devEngines.packageManager.version}`,
      '--recursive',
      ...filters,
      'pack',
      '--pack-destination',
      folder,
    ],
    root,
  );
  return Promise.all(
    publicPackages.map(async (each) => {
      const tarballPath = join(folder, each.tarball);
      const content = join(folder, each.tarball.replace('.tgz', ''));
      mkdirSync(content);
      await mustRun('tar', ['-xzf', tarballPath, '-C', content, '--strip-components=1'], folder);
      return { ...each, tarballPath, content };
    }),
  );
};

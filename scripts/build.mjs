import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explain, machineCauses, SetUpError } from './failure.mjs';
import { installFingerprint, runPnpm } from './install.mjs';
import { withLock } from './lock.mjs';
import { readJson, root, stateFolder, workspacePackages } from './workspace.mjs';

const stampPath = join(stateFolder, 'build.json');
const sharedInputs = ['tsconfig.base.json', 'tsconfig.json', 'turbo.json'];
const packageInputs = [
  'src',
  'build',
  'index.html',
  'icon.svg',
  'package.json',
  'tsup.config.ts',
  'vite.config.ts',
  'bundle-plugins.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'turbo.json',
];

/** Sizes and times of the files under a path: enough to tell that nothing was touched, without reading them. */
const listing = (path) => {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [[path, stats.size, stats.mtimeMs]];
  return readdirSync(path)
    .sort()
    .flatMap((name) => listing(join(path, name)));
};

const fingerprint = (folder, names) =>
  createHash('sha256')
    .update(JSON.stringify(names.map((name) => listing(join(root, folder, name)))))
    .digest('hex');

const inputs = (folder) => fingerprint(folder, packageInputs);
const outputs = (folder) => fingerprint(folder, ['dist']);

const readStamp = () => {
  try {
    return readJson(stampPath);
  } catch {
    return undefined;
  }
};

const state = (fingerprintOf) =>
  Object.fromEntries(
    workspacePackages()
      .filter(({ manifest }) => manifest.scripts?.build !== undefined)
      .map(({ folder }) => [folder, fingerprintOf(folder)]),
  );

const sources = () => ({
  shared: fingerprint('.', sharedInputs),
  installed: installFingerprint(),
  packages: state(inputs),
});

const isBuilt = () => {
  const stamp = readStamp();
  return (
    stamp !== undefined &&
    JSON.stringify(stamp.sources) === JSON.stringify(sources()) &&
    JSON.stringify(stamp.outputs) === JSON.stringify(state(outputs)) &&
    (process.platform === 'win32' || existsSync(commandPath))
  );
};

const commandPath = join(root, 'node_modules', '.bin', 'hotpath');

/**
 * `npx hotpath` runs what was built. The root does not depend on the CLI to get this link: turbo counts a package that
 * the root depends on as a dependency of every other, and its boundaries could not be checked.
 */
const writeCommand = () => {
  if (process.platform === 'win32') return;
  const script = `#!/bin/sh
bin=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
exec "$bin/node" "$bin/../../apps/cli/dist/hotpath.js" "$@"
`;
  writeFileSync(commandPath, script);
  chmodSync(commandPath, 0o755);
};

/** Builds the packages whose sources or outputs changed since the last build here. */
export const build = async () => {
  if (isBuilt()) return;
  await withLock(async () => {
    if (isBuilt()) return;
    process.stderr.write('hotpath: building what changed\n');
    // Read before the build, so that a file edited meanwhile counts as changed the next time.
    const before = sources();
    const { code, output } = await runPnpm('exec', 'turbo', 'run', 'build', '--output-logs=errors-only');
    if (code !== 0) {
      throw new SetUpError(
        explain(
          `the build failed (turbo exited with ${code})`,
          output,
          'Mend what it names, then run the command again.',
          machineCauses,
        ),
      );
    }
    writeCommand();
    mkdirSync(stateFolder, { recursive: true });
    writeFileSync(stampPath, JSON.stringify({ sources: before, outputs: state(outputs) }));
  });
};

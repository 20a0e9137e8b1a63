import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { explain, installCauses, SetUpError } from './failure.mjs';
import { withLock } from './lock.mjs';
import { runStep } from './step.mjs';
import { nodeBinary, readJson, root, workspacePackages } from './workspace.mjs';

const stampPath = join(root, 'node_modules', '.hotpath-install');
const dependencyFields = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
];

/** Changes when what has to be installed does. */
export const installFingerprint = () => {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, file)));
  const manifests = [{ folder: '.', manifest: readJson(join(root, 'package.json')) }, ...workspacePackages()];
  for (const { folder, manifest } of manifests) {
    hash.update(JSON.stringify([folder, manifest.name, dependencyFields.map((field) => manifest[field])]));
  }
  return hash.digest('hex');
};

const readStamp = () => {
  try {
    return readFileSync(stampPath, 'utf8');
  } catch {
    return undefined;
  }
};

/** Runs pnpm with nothing but npm at hand; its version is written once, in package.json. */
export const runPnpm = async (...args) => {
  const { version } = readJson(join(root, 'package.json')).devEngines.packageManager;
  const command = ['npx', ['--yes', '--prefer-offline', `pnpm@${version}`, ...args]];
  const result = await runStep(...command);
  // An npx that was killed leaves a folder without package.json, on which every later npx of the same package fails.
  const halfMade = /ENOENT.*open '(.+[\\/]_npx[\\/][0-9a-f]+)[\\/]package\.json'/.exec(result.output.join('\n'))?.[1];
  if (result.code === 0 || halfMade === undefined) return result;
  rmSync(halfMade, { recursive: true, force: true });
  return runStep(...command);
};

const pnpmInstall = async () => {
  const flags = ['--frozen-lockfile', '--reporter=append-only', '--config.confirmModulesPurge=false'];
  // Engines are to be judged by the Node that is being installed, not by the one that runs this.
  const ownNode = /^ +node: *["']?([\d.]+)/m.exec(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'))?.[1];
  if (ownNode !== undefined) flags.push(`--config.nodeVersion=${ownNode}`);
  const { code, output } = await runPnpm('install', ...flags);
  if (code === 0) return;
  throw new SetUpError(
    explain(
      `installing the dependencies failed (pnpm exited with ${code})`,
      output,
      'Run the command again; if it fails the same way, delete node_modules and try once more.',
      installCauses,
    ),
  );
};

const nodeRuns = () => spawnSync(nodeBinary, ['--version'], { stdio: 'ignore' }).status === 0;

/** An install that was killed while Node was being unpacked leaves a Node that does not start, and pnpm trusts it. */
const repair = async () => {
  process.stderr.write('hotpath: the installed Node does not start; installing from scratch\n');
  for (const folder of ['.', ...workspacePackages().map((workspacePackage) => workspacePackage.folder)]) {
    rmSync(join(root, folder, 'node_modules'), { recursive: true, force: true });
  }
  await pnpmInstall();
  if (nodeRuns()) return;
  throw new SetUpError(
    `hotpath: ${nodeBinary} does not start after a fresh install. The npm package "node" fetches it in its install script: allow install scripts ("npm config get ignore-scripts" must say false), and check that this platform (${process.platform} ${process.arch}) has a build of Node.`,
  );
};

/** Installs the toolchain and all dependencies, unless they stand as the lockfile says. */
export const install = async () => {
  if (readStamp() === installFingerprint()) return;
  await withLock(async () => {
    const fingerprint = installFingerprint();
    if (readStamp() === fingerprint) return;
    process.stderr.write('hotpath: installing the toolchain and dependencies (about a minute the first time)\n');
    rmSync(stampPath, { force: true });
    await pnpmInstall();
    if (!nodeRuns()) await repair();
    writeFileSync(stampPath, fingerprint);
  });
};

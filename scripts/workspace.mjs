import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** State of the scripts that may be deleted at any time. */
export const stateFolder = join(root, '.cache');

/** The repository's own Node, installed with its dependencies. */
export const nodeBinary = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.exe' : 'node');

export const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

const isFolder = (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * The workspace's packages as `{ folder, manifest }`, `folder` relative to the root. Reads the two forms of pattern that
 * pnpm-workspace.yaml uses, `folder` and `folder/*`: nothing that parses YAML is installed yet.
 */
export const workspacePackages = () => {
  const block = /^packages:\n((?: +- .*\n)+)/m.exec(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'))?.[1] ?? '';
  const patterns = [...block.matchAll(/^ +- ["']?([^"'\n]+)["']?$/gm)].map((match) => match[1]);
  const folders = patterns.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    if (!isFolder(join(root, parent))) return [];
    return readdirSync(join(root, parent)).map((name) => `${parent}/${name}`);
  });
  return folders
    .filter((folder) => statSync(join(root, folder, 'package.json'), { throwIfNoEntry: false })?.isFile())
    .sort()
    .map((folder) => ({ folder, manifest: readJson(join(root, folder, 'package.json')) }));
};

import { join } from 'node:path';
import type { CorrectorWorld } from './world.ts';

const maxManifest = 256 * 1024;

const readJson = async (world: CorrectorWorld, path: string): Promise<Record<string, unknown> | undefined> => {
  try {
    const parsed: unknown = JSON.parse((await world.read(path, maxManifest)) ?? '');
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

/** The scripts of the package in a folder. */
export const readScripts = async (world: CorrectorWorld, folder: string): Promise<readonly string[]> =>
  Object.keys(((await readJson(world, join(folder, 'package.json')))?.scripts as object | undefined) ?? {});

/** Names and folders of the workspaces of the package in a folder; only `folder/*` and plain folders are followed. */
export const readWorkspaces = async (world: CorrectorWorld, folder: string): Promise<readonly string[]> => {
  const declared = (await readJson(world, join(folder, 'package.json')))?.workspaces;
  const globs = (Array.isArray(declared) ? declared : []).filter((glob) => typeof glob === 'string').slice(0, 20);
  const names: string[] = [];
  for (const glob of globs as string[]) {
    const base = glob.replace(/\/\*+$/, '');
    const folders = base === glob ? [base] : (await world.list(join(folder, base))).map(({ name }) => join(base, name));
    for (const path of folders.slice(0, 200)) {
      const name = (await readJson(world, join(folder, path, 'package.json')))?.name;
      if (typeof name === 'string') names.push(name);
    }
  }
  return names;
};

/** The targets of a Makefile, without pattern rules and special targets. */
export const readTargets = async (world: CorrectorWorld, folder: string): Promise<readonly string[]> => {
  for (const name of ['GNUmakefile', 'makefile', 'Makefile']) {
    const text = await world.read(join(folder, name), maxManifest);
    if (text === undefined) continue;
    const targets = new Set<string>();
    for (const match of text.matchAll(/^([A-Za-z0-9][\w./ -]*?)\s*::?(?!=)/gm))
      for (const target of (match[1] as string).split(/\s+/)) targets.add(target);
    return [...targets];
  }
  return [];
};

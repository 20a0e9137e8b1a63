import { parseTouch } from '../graph/touch.ts';
import type { World } from './world.ts';

/** What a plan was made from: a path or pattern that steps touch, and the files it stood for. */
export interface TouchedFiles {
  readonly pattern: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** SHA-256 by path. Empty: there was nothing. */
  readonly files: Readonly<Record<string, string>>;
  /** Whether there were more files than are looked at: of the others nothing is known. */
  readonly isCut: boolean;
}

/** What is no longer as it was when a plan was made. */
export interface Drift {
  readonly path: string;
  readonly change: 'changed' | 'added' | 'removed';
  /** Ids of the steps that read or write it. */
  readonly steps: readonly string[];
}

export interface Touching {
  readonly id: string;
  readonly touches: { readonly reads: readonly string[]; readonly writes: readonly string[] };
}

/** Files that are hashed at once. */
const atOnce = 16;

const hashAll = async (pattern: string, most: number, world: World): Promise<Pick<TouchedFiles, 'files' | 'isCut'>> => {
  const listed = await world.list(pattern, most + 1);
  const files: Record<string, string> = {};
  for (let at = 0; at < Math.min(listed.length, most); at += atOnce) {
    const paths = listed.slice(at, Math.min(at + atOnce, most));
    const hashes = await Promise.all(paths.map((path) => world.hash(path)));
    for (const [index, path] of paths.entries()) {
      const hash = hashes[index];
      if (hash !== undefined) files[path] = hash;
    }
  }
  return { files, isCut: listed.length > most };
};

/** Hashes what steps will touch. What a template names is not known before the run, nor is what has a name of its own a file. */
export const readTouchedFiles = async (
  steps: readonly Touching[],
  world: World,
  maxFiles: number,
): Promise<readonly TouchedFiles[]> => {
  const patterns = new Map<string, { reads: string[]; writes: string[] }>();
  for (const { id, touches } of steps)
    for (const side of ['reads', 'writes'] as const)
      for (const text of touches[side]) {
        const touch = parseTouch(text);
        if (touch.name !== undefined || text.includes('${{')) continue;
        const known = patterns.get(touch.path) ?? { reads: [], writes: [] };
        patterns.set(touch.path, known);
        if (!known[side].includes(id)) known[side].push(id);
      }
  const touched: TouchedFiles[] = [];
  let left = maxFiles;
  for (const [pattern, ids] of [...patterns].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const found = await hashAll(pattern, left, world);
    left -= Object.keys(found.files).length;
    touched.push({ pattern, ...ids, ...found });
  }
  return touched;
};

/** What has changed since, path by path; nothing where all is as it was. */
export const findDrift = async (touched: readonly TouchedFiles[], world: World): Promise<readonly Drift[]> => {
  const drifts = new Map<string, { path: string; change: Drift['change']; steps: string[] }>();
  for (const { pattern, reads, writes, files, isCut } of touched) {
    const before = Object.keys(files).length;
    const now = await hashAll(pattern, isCut ? before : before + 1_000, world);
    const note = (path: string, change: Drift['change']): void => {
      const known = drifts.get(path) ?? { path, change, steps: [] };
      drifts.set(path, known);
      known.steps.push(...[...reads, ...writes].filter((id) => !known.steps.includes(id)));
    };
    for (const [path, hash] of Object.entries(files)) {
      const found = Object.hasOwn(now.files, path) ? now.files[path] : await world.hash(path);
      if (found !== hash) note(path, found === undefined ? 'removed' : 'changed');
    }
    if (isCut) continue;
    for (const path of Object.keys(now.files)) if (!Object.hasOwn(files, path)) note(path, 'added');
  }
  return [...drifts.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
};

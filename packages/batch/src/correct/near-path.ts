import { isAbsolute, join } from 'node:path';
import { distance, reach } from '../names/distance.ts';
import type { CorrectorWorld, Entry } from './world.ts';

export interface NearPath {
  /** As the command would name it. */
  readonly path: string;
  readonly cost: number;
  readonly kind: 'file' | 'folder';
  readonly reason: string;
}

const families = [
  ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts', 'jsx', 'tsx'],
  ['yml', 'yaml'],
  ['jpg', 'jpeg'],
  ['htm', 'html'],
  ['md', 'markdown', 'mdx', 'txt', 'rst'],
  ['json', 'jsonc', 'json5', 'jsonl'],
];

const splitName = (name: string): readonly [string, string] => {
  const at = name.lastIndexOf('.');
  return at > 0 ? [name.slice(0, at), name.slice(at + 1)] : [name, ''];
};

/** Whether all letters of one word stand in the other, in their order. */
const isWithin = (short: string, long: string): boolean => {
  let at = 0;
  for (const letter of long) if (letter === short[at]) at++;
  return at === short.length;
};

/** What separates two names of one folder entry; `Infinity` when they are not near. */
const nameCost = (wanted: string, actual: string): number => {
  if (wanted === actual) return 0;
  if (wanted.toLowerCase() === actual.toLowerCase()) return 0.2;
  const [stem, extension] = splitName(wanted);
  const [otherStem, otherExtension] = splitName(actual);
  if (stem === otherStem && extension === '') return 0.8;
  if (stem === otherStem && otherExtension === '') return 1;
  if (stem === otherStem && families.some((family) => family.includes(extension) && family.includes(otherExtension)))
    return 0.6;
  // src for source, conf for config.
  const [short, long] = wanted.length < actual.length ? [wanted, actual] : [actual, wanted];
  if (extension === '' && otherExtension === '' && short.length >= 3 && short[0] === long[0] && isWithin(short, long))
    return 1.6;
  // A misspelt stem and a misspelt extension at once may reach further than either. Whole names are compared for length.
  return distance(wanted.toLowerCase(), actual.toLowerCase(), Math.min(reach(wanted.length), wanted.length * 0.5));
};

const maxVisits = 400;

interface Walk {
  readonly world: CorrectorWorld;
  readonly found: NearPath[];
  visits: number;
}

const listed = async (walk: Walk, folder: string): Promise<readonly Entry[]> =>
  walk.visits++ < maxVisits ? walk.world.list(folder) : [];

/** Follows the segments, at each the entries that are near enough. */
const follow = async (
  walk: Walk,
  base: string,
  done: readonly string[],
  rest: readonly string[],
  cost: number,
  reason: string,
): Promise<void> => {
  const segment = rest[0];
  if (segment === undefined || cost > 3.2) return;
  if (segment === '.' || segment === '..' || segment === '') {
    await follow(walk, join(base, segment || '.'), [...done, segment], rest.slice(1), cost, reason);
    return;
  }
  const entries = await listed(walk, base);
  const options = entries
    .map((entry) => ({ entry, extra: nameCost(segment, entry.name) }))
    .filter(({ extra }) => extra !== Number.POSITIVE_INFINITY)
    .sort((a, b) => a.extra - b.extra)
    .slice(0, 4);
  for (const { entry, extra } of options) {
    const path = [...done, entry.name];
    const total = cost + extra;
    if (rest.length === 1) walk.found.push({ path: path.join('/'), cost: total, kind: entry.kind, reason });
    else if (entry.kind === 'folder') await follow(walk, join(base, entry.name), path, rest.slice(1), total, reason);
  }
};

const skipped = new Set(['node_modules', '.git', 'dist', 'target', '__pycache__']);

/** The same name in another folder below. */
const elsewhere = async (walk: Walk, base: string, name: string): Promise<void> => {
  let level: readonly string[] = [''];
  for (let depth = 0; depth < 4 && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level.slice(0, 60))
      for (const entry of await listed(walk, join(base, folder))) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.name === name && entry.kind === 'file' && depth > 0)
          walk.found.push({ path, cost: 1 + 0.2 * depth, kind: entry.kind, reason: `it is in ${folder}` });
        if (entry.kind === 'folder' && !skipped.has(entry.name)) next.push(path);
      }
    level = next;
  }
};

/**
 * Paths that may have been meant instead of one that is not there, nearest first. Looks below `base` only (and beside the segments of an
 * absolute path), visits at most 400 folders and reads no file.
 */
export const nearPaths = async (world: CorrectorWorld, base: string, path: string): Promise<readonly NearPath[]> => {
  const walk: Walk = { world, found: [], visits: 0 };
  const segments = path.replaceAll('\\', '/').split('/');
  const absolute = isAbsolute(path);
  await follow(
    walk,
    absolute ? '/' : base,
    absolute ? [''] : [],
    absolute ? segments.slice(1) : segments,
    0,
    'it is spelt otherwise',
  );
  const plain = segments.filter((segment) => segment !== '' && segment !== '.' && segment !== '..');
  if (absolute) await follow(walk, base, [], plain, 0.3, 'it is below this folder');
  else if (plain.length !== segments.length) await follow(walk, base, [], plain, 0.4, 'it is in this folder');
  // `src/src/a`, and `cd src && cat src/a`.
  if (!absolute && plain.length > 1) await follow(walk, base, [], plain.slice(1), 0.5, `${plain[0]} is once too many`);
  const name = plain.at(-1);
  if (name !== undefined && !absolute) await elsewhere(walk, base, name);
  const best = new Map<string, NearPath>();
  for (const near of walk.found) {
    if (near.path === path) continue;
    const known = best.get(near.path);
    if (!known || near.cost < known.cost) best.set(near.path, near);
  }
  return [...best.values()].sort((a, b) => a.cost - b.cost || (a.path < b.path ? -1 : 1)).slice(0, 5);
};

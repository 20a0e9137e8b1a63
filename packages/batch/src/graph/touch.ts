import { posix } from 'node:path';
import picomatch from 'picomatch';
import { segmentsMeet } from './segment.ts';

/**
 * What a step reads or writes, as it declares it: a path, a glob, a place in a JSON file (`package.json#/version`), or a thing with a
 * name of its own (`name:database`). A path stands for all below it.
 */
export interface Touch {
  readonly text: string;
  readonly name: string | undefined;
  readonly path: string;
  /** Segments of `path`. */
  readonly segments: readonly string[];
  readonly isGlob: boolean;
  /** JSON Pointer, `''` for all of the file. */
  readonly pointer: string;
  /** Whether a path without wildcards is what is meant. */
  readonly matches: (path: string) => boolean;
}

const prefix = 'name:';
const known = new Map<string, Touch>();
const maxKnown = 100_000;
const hasDots = { dot: true } as const;
const anything = '**';

/**
 * What an expression comes to is not known: it may be some text, or folders. What stands before it in a segment is given up, so that
 * it may hold a "/".
 */
const templatesToGlobs = (text: string): string =>
  text.includes('${{')
    ? text
        .replaceAll(/\$\{\{(?:'[^']*'|[^'])*?\}\}/g, '\0')
        .split('/')
        .map((segment) => {
          const last = segment.lastIndexOf('\0');
          if (last < 0) return segment;
          return last === segment.length - 1 ? anything : `${anything}/*${segment.slice(last + 1)}`;
        })
        .join('/')
    : text;

/** The place that one lies below which an expression leads to. */
const templateFree = (pointer: string): string => {
  const at = pointer.indexOf('${{');
  return at < 0 ? pointer : pointer.slice(0, pointer.lastIndexOf('/', at)).replace(/^\/$/, '');
};

/** Segments for comparing: from where a pattern reaches over a "/" by braces or brackets, or says what it is not, on, anything. */
const segmentsOf = (path: string): readonly string[] => {
  if (path === '.') return [];
  // Alternatives that no group holds are of all of the path.
  if (path.replaceAll(/\([^()]*\)/g, '').includes('|')) return [anything];
  const segments = path.split('/');
  const count = (segment: string, marks: RegExp): number => segment.match(marks)?.length ?? 0;
  const from = segments.findIndex(
    (segment, at) => (at === 0 && /^!(?!\()/.test(segment)) || count(segment, /[{[(]/g) !== count(segment, /[}\])]/g),
  );
  return from < 0 ? segments : [...segments.slice(0, from), anything];
};

const parse = (text: string): Touch => {
  if (text.startsWith(prefix)) {
    const name = text.slice(prefix.length);
    return { text, name, path: '', segments: [], isGlob: false, pointer: '', matches: () => false };
  }
  const hash = text.indexOf('#/');
  const pointer = hash < 0 ? '' : templateFree(text.slice(hash + 1));
  const plain = templatesToGlobs(hash < 0 ? text : text.slice(0, hash));
  const path = posix.normalize(plain.replaceAll('\\', '/')).replace(/\/$/, '') || '/';
  const isGlob = picomatch.scan(path).isGlob;
  return {
    text,
    name: undefined,
    path,
    segments: isGlob ? segmentsOf(path) : path === '.' ? [] : path.split('/'),
    isGlob,
    pointer,
    matches: isGlob ? picomatch(path, hasDots) : (other) => other === path,
  };
};

/** Reads one; the same text is read once. */
export const parseTouch = (text: string): Touch => {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (known.size >= maxKnown) known.clear();
  const touch = parse(text);
  known.set(text, touch);
  return touch;
};

const pointersMeet = (a: string, b: string): boolean =>
  a === b || a === '' || b === '' || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);

/** Whether some path is, or is below, what both name. `**` stands for any number of folders. */
const pathsMeet = (a: readonly string[], b: readonly string[]): boolean => {
  const seen = new Set<number>();
  const meet = (i: number, j: number): boolean => {
    // Where one ends, the other is that, or below it.
    if (i === a.length || j === b.length) return true;
    const key = i * (b.length + 1) + j;
    if (seen.has(key)) return false;
    seen.add(key);
    if (a[i] === '**') return meet(i + 1, j) || meet(i, j + 1);
    if (b[j] === '**') return meet(i, j + 1) || meet(i + 1, j);
    return segmentsMeet(a[i] as string, b[j] as string) && meet(i + 1, j + 1);
  };
  return meet(0, 0);
};

/** Whether two touch the same thing, or may: of two patterns that is not always known, and is taken for yes. */
export const touchesMeet = (a: Touch, b: Touch): boolean => {
  if (a.name !== undefined || b.name !== undefined) return a.name === b.name;
  return pathsMeet(a.segments, b.segments) && pointersMeet(a.pointer, b.pointer);
};

/** Whether `declared` says that `touched`, which has no wildcards, may be touched. */
export const covers = (declared: Touch, touched: Touch): boolean => {
  if (declared.name !== undefined || touched.name !== undefined) return declared.name === touched.name;
  const isBelow = (above: string, path: string): boolean =>
    above === '.' || path === above || path.startsWith(`${above}/`);
  if (
    declared.pointer !== '' &&
    !(touched.pointer === declared.pointer || touched.pointer.startsWith(`${declared.pointer}/`))
  )
    return false;
  if (!declared.isGlob) return isBelow(declared.path, touched.path);
  // A folder that the pattern names stands for all below it.
  return touched.segments.some((_, at) => declared.matches(touched.segments.slice(0, at + 1).join('/')));
};

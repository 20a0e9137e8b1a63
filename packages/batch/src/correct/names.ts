import { confidenceOf, distance, type Near, nearest } from '../names/distance.ts';
import type { Draft, NameFailure, PointerFailure, TemplateFailure } from './failure.ts';

/** The parts that make a name, in small letters: `code_reviewer`, `codeReviewer` and `code-reviewer` are one. */
const plain = (name: string): string => name.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();

/** Names that may have been meant: the same letters first, then the last part of a qualified name, then near ones. */
const nearNames = (value: string, known: readonly string[]): readonly Near[] => {
  const others = known.filter((name) => name !== value);
  const same = others.filter((name) => plain(name) === plain(value));
  if (same.length > 0) return same.map((name) => ({ value: name, cost: 0.2, tied: same.length > 1 }));
  const last = value.split('/').at(-1) as string;
  if (last !== value && others.includes(last)) return [{ value: last, cost: 0.3, tied: false }];
  const qualified = others.filter((name) => name.endsWith(`/${value}`));
  if (qualified.length > 0) return qualified.map((name) => ({ value: name, cost: 0.3, tied: qualified.length > 1 }));
  return nearest(value, others);
};

/** Unknown agents, models, functions and steps. */
export const unknownNames = ({ field, value, known }: NameFailure): readonly Draft[] =>
  nearNames(value, known)
    .slice(0, 3)
    .map((near) => ({
      rule: 'name',
      change: { [field]: near.value },
      reason: `there is no ${field} ${value}, but ${near.value}`,
      confidence: confidenceOf(0.94, near),
    }));

const escapeKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
const unescapeKey = (key: string): string => key.replaceAll('~1', '/').replaceAll('~0', '~');

/** Keys of a pointer, also of one written as a path of JavaScript or JSONPath. */
const keysOf = (pointer: string): readonly string[] => {
  if (/^\$/.test(pointer) || !pointer.includes('/'))
    return pointer
      .replace(/^\$\.?/, '')
      .split(/[.[\]'"]+/)
      .filter((key) => key !== '');
  return pointer
    .replace(/^#?\//, '')
    .replaceAll(/\[(\d+|\*)\]/g, '/$1')
    .split('/')
    .map(unescapeKey);
};

interface Found {
  readonly keys: readonly string[];
  readonly cost: number;
}

const keyCost = (wanted: string, actual: string): number => {
  if (wanted === actual) return 0;
  if (plain(wanted) === plain(actual) && plain(wanted) !== '') return 0.2;
  return nearest(wanted, [actual])[0]?.cost ?? Number.POSITIVE_INFINITY;
};

const maxFound = 500;

const descend = (
  value: unknown,
  keys: readonly string[],
  done: readonly string[],
  cost: number,
  found: Found[],
): void => {
  const key = keys[0];
  if (key === undefined) {
    found.push({ keys: done, cost });
    return;
  }
  if (typeof value !== 'object' || value === null || found.length > maxFound || cost > 4) return;
  if (Array.isArray(value)) {
    if (/^\d+$/.test(key) && Number(key) < value.length)
      descend(value[Number(key)], keys.slice(1), [...done, key], cost, found);
    return;
  }
  const record = value as Record<string, unknown>;
  for (const name of Object.keys(record).slice(0, 2_000)) {
    const extra = keyCost(key, name);
    if (extra <= 3) descend(record[name], keys.slice(1), [...done, name], cost + extra, found);
    // A level that was left out.
    if (extra > 0 && keys.length > 0 && cost < 1) descendInto(record[name], keys, [...done, name], cost + 1.2, found);
  }
};

const descendInto = (
  value: unknown,
  keys: readonly string[],
  done: readonly string[],
  cost: number,
  found: Found[],
): void => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && (keys[0] as string) in value)
    descend(value, keys, done, cost, found);
};

/** JSON pointers that nearly point at something. */
export const nearPointers = ({ pointer, document }: PointerFailure): readonly Draft[] => {
  const found: Found[] = [];
  descend(document, keysOf(pointer), [], 0, found);
  const best = new Map<string, number>();
  for (const { keys, cost } of found) {
    const text = `/${keys.map(escapeKey).join('/')}`;
    if (text !== pointer) best.set(text, Math.min(cost, best.get(text) ?? cost));
  }
  const sorted = [...best].sort((a, b) => a[1] - b[1]).slice(0, 3);
  const tied = sorted.length > 1 && (sorted[1]?.[1] ?? 0) - (sorted[0]?.[1] ?? 0) < 0.15;
  return sorted.map(([text, cost], index) => ({
    rule: 'pointer',
    change: { pointer: text },
    reason: `nothing is at ${pointer}, but at ${text}`,
    confidence: tied || index > 0 ? 0.42 : 0.94 - 0.06 * cost,
  }));
};

const expression = /(?:\$\{\{|(?<!\$)\{\{|\$\{)\s*([\w.-]+)\s*\}\}?/g;

const nearPath = (path: string, known: readonly string[]): Near | undefined => {
  const limit = 2.2;
  const found = known
    .map((value) => {
      const a = path.split('.');
      const b = value.split('.');
      // Part by part, so that a short path is not near to another of the same length.
      const cost =
        a.length === b.length
          ? a.reduce((sum, part, index) => sum + keyCost(part, b[index] as string), 0)
          : distance(path, value, limit);
      return { value, cost };
    })
    .filter(({ cost }) => cost <= limit)
    .sort((a, b) => a.cost - b.cost);
  const first = found[0];
  return first && { ...first, tied: found.length > 1 && (found[1]?.cost ?? 0) - first.cost < 0.15 };
};

/** Expressions that name nothing known, and those that lack their dollar sign. */
export const nearTemplates = ({ text, known }: TemplateFailure): readonly Draft[] => {
  let least = 1;
  let worst = true;
  const mended = text.replaceAll(expression, (whole, path: string) => {
    const near = known.includes(path) ? { value: path, cost: 0, tied: false } : nearPath(path, known);
    if (!near) {
      worst = false;
      return whole;
    }
    least = Math.min(least, confidenceOf(0.94, near));
    return near.cost === 0 && whole.startsWith('${{') ? whole : `\${{ ${near.value} }}`;
  });
  if (mended === text || !worst) return [];
  return [
    { rule: 'template', change: { text: mended }, reason: 'an expression names nothing known', confidence: least },
  ];
};

import picomatch from 'picomatch';

// A pattern within one name is taken for a list of simpler ones, of which one fits wherever it does: letters, any one letter, and
// anything. Whether two of these have a name in common can be decided.
const one = '\u0001';
const anything = '\u0000';
const maxAlternatives = 64;
const part = /[?*+@!]?\([^()]*\)|\{[^{}]*\}|\[[^[\]]+\]|[\s\S]/g;

/** What a part may stand for. A superset will do. */
const optionsOf = (text: string, isRepeated: boolean): readonly string[] => {
  if (text === '?') return [one];
  if (text.length === 1) return [/[*{}[\]()!+@|\\]/.test(text) ? anything : text];
  if (isRepeated) return [anything];
  if (text.startsWith('[')) return [one];
  const isBrace = text.startsWith('{');
  const inner = text.slice(text.indexOf(isBrace ? '{' : '(') + 1, -1);
  const isPlain = isBrace ? inner.includes(',') && !inner.includes('..') : /^@?\(/.test(text);
  if (!isPlain || (isBrace ? /[*?[\](){}!+@|\\]/ : /[*?[\](){}!+@,\\]/).test(inner)) return [anything];
  return inner.split(isBrace ? ',' : '|');
};

const alternativesOf = (text: string): readonly string[] => {
  const parts: readonly string[] = text.match(part) ?? [];
  if (parts.includes('|')) return [anything];
  let all: string[] = [''];
  for (const [at, each] of parts.entries()) {
    // After a group, a mark says how often it may stand.
    const options = optionsOf(each, /^[?*+]/.test(parts[at + 1] ?? ''));
    if (all.length * options.length > maxAlternatives) return [anything];
    all = all.flatMap((before) => options.map((option) => before + option));
  }
  return all;
};

/** Whether some name fits both of two simple patterns. */
const simpleMeet = (a: string, b: string): boolean => {
  const seen = new Set<number>();
  const meet = (i: number, j: number): boolean => {
    if (i === a.length && j === b.length) return true;
    const key = i * (b.length + 1) + j;
    if (seen.has(key)) return false;
    seen.add(key);
    if (a[i] === anything) return meet(i + 1, j) || (j < b.length && meet(i, j + 1));
    if (b[j] === anything) return meet(i, j + 1) || (i < a.length && meet(i + 1, j));
    if (i === a.length || j === b.length) return false;
    return (a[i] === b[j] || a[i] === one || b[j] === one) && meet(i + 1, j + 1);
  };
  return meet(0, 0);
};

interface Segment {
  readonly isWild: boolean;
  readonly matches: (name: string) => boolean;
  readonly alternatives: readonly string[];
}

const known = new Map<string, Segment>();
const maxKnown = 100_000;

const read = (text: string): Segment => {
  const found = known.get(text);
  if (found !== undefined) return found;
  const isWild = /[*?[\]{}()!+@|\\]/.test(text);
  const segment: Segment = {
    isWild,
    matches: isWild ? picomatch(text, { dot: true }) : (name) => name === text,
    alternatives: isWild ? alternativesOf(text) : [text],
  };
  if (known.size >= maxKnown) known.clear();
  known.set(text, segment);
  return segment;
};

/** Whether some name fits both, as far as can be told: where it cannot, yes. */
export const segmentsMeet = (a: string, b: string): boolean => {
  if (a === b) return true;
  const [left, right] = [read(a), read(b)];
  if (!right.isWild) return left.matches(b);
  if (!left.isWild) return right.matches(a);
  return left.alternatives.some((first) => right.alternatives.some((second) => simpleMeet(first, second)));
};

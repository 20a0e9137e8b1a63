/** Cost of turning one character into another: what a finger or an eye mixes up costs less, another number is another thing. */
const lookalikes = new Set(['o0', '0o', 'l1', '1l', 'i1', '1i', '-_', '_-', '.-', '-.', '_.', '._']);

const sorted = (word: string): string => [...word].sort().join('');

const isDigit = (character: string): boolean => character >= '0' && character <= '9';

const substitution = (a: string, b: string): number => {
  if (a === b) return 0;
  const low = a.toLowerCase();
  const other = b.toLowerCase();
  if (low === other) return 0.1;
  if (lookalikes.has(low + other)) return 0.4;
  return isDigit(a) && isDigit(b) ? 4 : 1;
};

const indel = (character: string): number => {
  if (character === '-' || character === '_' || character === ' ') return 0.4;
  return isDigit(character) ? 1.1 : 1;
};

const plain = 128;
/** By two ASCII characters: they are compared many times over. */
let substitutions: Float64Array | undefined;
const tabulate = (): Float64Array =>
  Float64Array.from({ length: plain * plain }, (_, at) =>
    substitution(String.fromCharCode(Math.floor(at / plain)), String.fromCharCode(at % plain)),
  );

/** The digits of a text, in order. */
export const digitsOf = (text: string): string => text.replaceAll(/\D/g, '');

/** `report-2024` and `report-2025`: as many digits, and others. The same ones swapped are a typing error. */
const isOtherNumber = (a: string, b: string): boolean => {
  const own = digitsOf(a);
  const other = digitsOf(b);
  return own !== other && own.length === other.length && sorted(own) !== sorted(other);
};

/**
 * Damerau–Levenshtein distance (optimal string alignment), weighted: two neighbours swapped cost 0.8, another case 0.1, another number 4.
 * `Infinity` as soon as it must be above `limit`.
 */
export const distance = (a: string, b: string, limit = Number.POSITIVE_INFINITY): number => {
  if (a === b) return 0;
  if (Math.abs(a.length - b.length) * 0.4 > limit) return Number.POSITIVE_INFINITY;
  substitutions ??= tabulate();
  const known = substitutions;
  /** Of the characters of `a` and `b` at these places. */
  const replace = (i: number, j: number): number => {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(j)];
    return x < plain && y < plain ? (known[x * plain + y] as number) : substitution(a[i] as string, b[j] as string);
  };
  let before: number[] = [];
  let above: number[] = [0];
  for (let j = 1; j <= b.length; j++) above.push((above[j - 1] as number) + indel(b[j - 1] as string));
  for (let i = 1; i <= a.length; i++) {
    const x = a[i - 1] as string;
    const row = [(above[0] as number) + indel(x)];
    let least = row[0] as number;
    for (let j = 1; j <= b.length; j++) {
      const y = b[j - 1] as string;
      let cost = Math.min(
        (above[j - 1] as number) + replace(i - 1, j - 1),
        (above[j] as number) + indel(x),
        (row[j - 1] as number) + indel(y),
      );
      if (i > 1 && j > 1 && x !== y && replace(i - 1, j - 2) + replace(i - 2, j - 1) <= 0.2)
        cost = Math.min(cost, (before[j - 2] as number) + 0.8);
      row.push(cost);
      if (cost < least) least = cost;
    }
    if (least > limit) return Number.POSITIVE_INFINITY;
    before = above;
    above = row;
  }
  const cost = isOtherNumber(a, b) ? Math.max(4, above[b.length] as number) : (above[b.length] as number);
  return cost <= limit ? cost : Number.POSITIVE_INFINITY;
};

/** How far a word of this length may be away and still be meant. */
export const reach = (length: number): number => (length <= 3 ? 1.1 : length <= 5 ? 1.6 : length <= 8 ? 2.2 : 3);

export interface Near {
  readonly value: string;
  readonly cost: number;
  /** Another candidate is as near: nobody can tell which is meant. */
  readonly tied: boolean;
}

/**
 * The candidates within reach of a word, nearest first; the word itself is none.
 *
 * `prefer` takes up to 0.3 off the cost of what is likelier.
 */
export const nearest = (
  word: string,
  candidates: Iterable<string>,
  prefer: (candidate: string) => number = () => 0,
): readonly Near[] => {
  const limit = reach(word.length);
  const found: { value: string; cost: number; rank: number }[] = [];
  const letters = word.length >= 6 ? sorted(word) : undefined;
  for (const value of new Set(candidates)) {
    if (value === word) continue;
    let cost = distance(word, value, limit);
    // The same letters in another order: parts swapped, as in shasum256 for sha256sum.
    if (cost > 1.2 && letters !== undefined && value.length === word.length && sorted(value) === letters) cost = 1.2;
    // A short word whose every letter is another is not near.
    if (cost <= limit && cost < Math.max(value.length, word.length) * 0.75)
      found.push({ value, cost, rank: cost - Math.min(0.3, prefer(value)) });
  }
  found.sort((a, b) => a.rank - b.rank || (a.value < b.value ? -1 : 1));
  const least = found[0]?.rank ?? 0;
  const tied = found.length > 1 && (found[1]?.rank ?? 0) - least < 0.15;
  // When nobody can tell the nearest apart, what is further away is no answer either.
  // What is preferred stays ahead of what is as near.
  const first = found[0]?.cost ?? 0;
  return found
    .slice(0, 5)
    .map(({ value, cost, rank }) => ({ value, cost: Math.max(cost, first + rank - least), tied }));
};

/** From how sure a source is and how near its word came. */
export const confidenceOf = (base: number, near: Near): number =>
  Math.max(0.05, near.tied ? Math.min(0.45, base - 0.3) : base - 0.06 * near.cost);

/** Levenshtein distance, given up beyond `limit`. */
const distance = (left: string, right: string, limit: number): number => {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    if (Math.min(...current) > limit) return limit + 1;
    previous = current;
  }
  return previous[right.length] ?? limit + 1;
};

const mostCompared = 1_000;

/** The known key that a misspelt one was probably meant to be. */
export const nearest = (key: string, known: readonly string[]): string | undefined => {
  let best: string | undefined;
  let least = 3;
  for (const each of known.slice(0, mostCompared)) {
    if (Math.abs(each.length - key.length) >= least) continue;
    const found = distance(key.toLowerCase(), each.toLowerCase(), least);
    if (found < least) [best, least] = [each, found];
  }
  return best;
};

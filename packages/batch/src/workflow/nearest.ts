/** Levenshtein distance, given up beyond `limit`. */
const distance = (left: string, right: string, limit: number): number => {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    if (Math.min(...current) > limit) return limit + 1;
    previous = current;
  }
  return previous[right.length] ?? limit + 1;
};

/** The known name that a misspelt one was probably meant to be. */
export const nearest = (name: string, known: readonly string[]): string | undefined => {
  let best: string | undefined;
  let least = 3;
  for (const each of known) {
    if (Math.abs(each.length - name.length) >= least) continue;
    const found = distance(name.toLowerCase(), each.toLowerCase(), least);
    if (found < least) {
      least = found;
      best = each;
    }
  }
  return best;
};

/** Damerau-Levenshtein distance (optimal string alignment): two letters that changed places count once. Given up beyond `limit`. */
const distance = (left: string, right: string, limit: number): number => {
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = (previous[column - 1] as number) + (left[row - 1] === right[column - 1] ? 0 : 1);
      let least = Math.min(replaced, (previous[column] as number) + 1, (current[column - 1] as number) + 1);
      if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1])
        least = Math.min(least, (before[column - 2] as number) + 1);
      current.push(least);
    }
    if (Math.min(...current) > limit) return limit + 1;
    before = previous;
    previous = current;
  }
  return previous[right.length] ?? limit + 1;
};

/** The known name that a misspelt one was probably meant to be: one letter in three may be wrong, two at the most. */
export const nearest = (name: string, known: readonly string[]): string | undefined => {
  let best: string | undefined;
  let least = name.length > 3 ? 3 : 2;
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

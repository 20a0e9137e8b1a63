/**
 * Makes the probabilities of several tests larger, so that all of them together find a difference where there is none no more often
 * than one alone would. Source: S. Holm, A simple sequentially rejective multiple test procedure, 1979.
 */
export const holm = (probabilities: readonly number[]): readonly number[] => {
  const order = probabilities
    .map((_, index) => index)
    .sort((a, b) => (probabilities[a] ?? 1) - (probabilities[b] ?? 1));
  const adjusted = new Array<number>(probabilities.length).fill(1);
  let highest = 0;
  order.forEach((index, place) => {
    highest = Math.max(highest, Math.min(1, (probabilities[index] ?? 1) * (probabilities.length - place)));
    adjusted[index] = highest;
  });
  return adjusted;
};

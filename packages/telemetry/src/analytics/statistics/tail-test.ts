import { proportionsTest } from './proportions.ts';
import { bucketAt, countAbove, merged, type Spread, sizeOf } from './spread.ts';

/**
 * The probability that two quantiles differ as much as these where values are spread alike: whether as many of the one as of the other
 * lie above the quantile of both together. Free of any distribution. Source: A. M. Mood's test of medians, for other quantiles as in
 * W. J. Conover, Practical Nonparametric Statistics, 3rd edition, 4.3.
 */
export const tailTest = (first: Spread, second: Spread, share: number): number => {
  const both = merged(first, second);
  const size = sizeOf(both);
  const bucket = bucketAt(both, Math.max(1, Math.ceil(share * size)));
  if (bucket === undefined) return 1;
  return proportionsTest(
    { part: countAbove(first, bucket), whole: sizeOf(first) },
    { part: countAbove(second, bucket), whole: sizeOf(second) },
  );
};

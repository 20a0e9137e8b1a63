import { binomialUpTo } from './special.ts';

/** Places of values in their order, counted from 1. */
export interface Ranks {
  readonly low: number;
  readonly high: number;
}

/** The smallest whole number from `first` to `last` that fits, where all after it fit as well; `last + 1` where none does. */
const firstThat = (first: number, last: number, fits: (value: number) => boolean): number => {
  let [low, high] = [first, last + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
};

/**
 * Between which of `count` ordered values the quantile lies with this confidence at least, whatever their distribution: how many lie
 * below it is binomial. Undefined where there are too few. Source: W. J. Conover, Practical Nonparametric Statistics, 3rd edition, 3.2;
 * H. A. David and H. N. Nagaraja, Order Statistics, 3rd edition, 7.1.
 */
export const quantileRanks = (count: number, share: number, confidence: number): Ranks | undefined => {
  const outside = (1 - confidence) / 2;
  const low = firstThat(0, count, (below) => binomialUpTo(below, count, share) > outside);
  const high = firstThat(0, count, (below) => binomialUpTo(below, count, share) >= 1 - outside) + 1;
  return low < 1 || high > count ? undefined : { low, high };
};

import { logGamma, normalWithin, twoSidedNormal } from './special.ts';

/** So many of so many. */
export interface Proportion {
  readonly part: number;
  readonly whole: number;
}

/**
 * Where the true share lies with this confidence: the score interval. Sources: E. B. Wilson, 1927; R. G. Newcombe, Two-sided confidence
 * intervals for the single proportion, 1998.
 */
export const wilsonInterval = ({ part, whole }: Proportion, confidence: number): readonly [number, number] => {
  if (whole === 0) return [0, 1];
  const z = normalWithin(confidence);
  const share = part / whole;
  const spread = z * Math.sqrt((share * (1 - share)) / whole + (z * z) / (4 * whole * whole));
  const scale = 1 + (z * z) / whole;
  const middle = share + (z * z) / (2 * whole);
  return [Math.max(0, (middle - spread) / scale), Math.min(1, (middle + spread) / scale)];
};

const logChoose = (all: number, some: number): number =>
  logGamma(all + 1) - logGamma(some + 1) - logGamma(all - some + 1);

/** Of equally likely tables, rounding must not leave one out. */
const slack = 1 + 1e-7;

/** Fisher's exact test, two-sided: how likely is a table that is no likelier than this one. Source: R. A. Fisher, 1935. */
const fisher = (one: Proportion, other: Proportion): number => {
  const parts = one.part + other.part;
  const all = logChoose(one.whole + other.whole, parts);
  const chance = (part: number): number =>
    Math.exp(logChoose(one.whole, part) + logChoose(other.whole, parts - part) - all);
  const seen = chance(one.part) * slack;
  let p = 0;
  for (let part = Math.max(0, parts - other.whole); part <= Math.min(parts, one.whole); part += 1) {
    const its = chance(part);
    if (its <= seen) p += its;
  }
  return Math.min(1, p);
};

/**
 * The probability that two shares differ as much as these where they are the same: by the pooled normal approximation, as Pearson's
 * chi-squared test has it, and by Fisher's exact test where any count would be expected below 10 (W. G. Cochran, 1954, asks for 5).
 */
export const proportionsTest = (one: Proportion, other: Proportion): number => {
  const all = one.whole + other.whole;
  const pooled = (one.part + other.part) / all;
  if (one.whole === 0 || other.whole === 0 || pooled === 0 || pooled === 1) return 1;
  if (Math.min(one.whole, other.whole) * Math.min(pooled, 1 - pooled) < 10) {
    const isRare = pooled <= 0.5;
    // The rarer of the two outcomes has the fewer tables.
    const rarer = ({ part, whole }: Proportion): Proportion => ({ part: isRare ? part : whole - part, whole });
    return fisher(rarer(one), rarer(other));
  }
  const difference = one.part / one.whole - other.part / other.whole;
  return twoSidedNormal(difference / Math.sqrt(pooled * (1 - pooled) * (1 / one.whole + 1 / other.whole)));
};

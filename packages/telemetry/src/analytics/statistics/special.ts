const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Logarithm of the gamma function of a positive number. Source: C. Lanczos 1964, with the coefficients of P. Godfrey (g = 7). */
export const logGamma = (value: number): number => {
  const base = value + 6.5;
  let sum = lanczos[0] as number;
  for (let index = 1; index < lanczos.length; index += 1) sum += (lanczos[index] as number) / (value - 1 + index);
  return 0.5 * Math.log(2 * Math.PI) + (value - 0.5) * Math.log(base) - base + Math.log(sum);
};

const tiny = 1e-300;
const precision = 1e-15;

/** The continued fraction of the incomplete beta function (DLMF 8.17.22), evaluated by Lentz's method. */
const betaFraction = (x: number, a: number, b: number): number => {
  let numerator = 1;
  let denominator = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let value = denominator;
  // It takes about as many steps as the root of the larger parameter.
  for (let step = 1; step < 100_000; step += 1) {
    const even = (step * (b - step) * x) / ((a + 2 * step - 1) * (a + 2 * step));
    denominator = 1 / notZero(1 + even * denominator);
    numerator = notZero(1 + even / numerator);
    value *= denominator * numerator;
    const odd = (-(a + step) * (a + b + step) * x) / ((a + 2 * step) * (a + 2 * step + 1));
    denominator = 1 / notZero(1 + odd * denominator);
    numerator = notZero(1 + odd / numerator);
    const change = denominator * numerator;
    value *= change;
    if (Math.abs(change - 1) < precision) break;
  }
  return value;
};

const notZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value);

/** The regularised incomplete beta function I_x(a, b). Source: Press et al., Numerical Recipes, 3rd edition, 6.4. */
const incompleteBeta = (x: number, a: number, b: number): number => {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
};

/** Probability that at most `successes` of `trials` succeed where each does with `chance`. Source: DLMF 8.17.5. */
export const binomialUpTo = (successes: number, trials: number, chance: number): number =>
  successes < 0 ? 0 : successes >= trials ? 1 : incompleteBeta(1 - chance, trials - successes, successes + 1);

/** Upper incomplete gamma function of 1/2, by its series below 1.5 and its continued fraction above (DLMF 8.7.1, 8.9.2). */
const upperGammaOfHalf = (x: number): number => {
  const front = Math.exp(-x + 0.5 * Math.log(x) - logGamma(0.5));
  if (x < 1.5) {
    let term = 2;
    let sum = 2;
    for (let step = 1; Math.abs(term) > sum * precision; step += 1) {
      term *= x / (0.5 + step);
      sum += term;
    }
    return 1 - front * sum;
  }
  let shift = x + 0.5;
  let numerator = 1 / tiny;
  let denominator = 1 / shift;
  let value = denominator;
  for (let step = 1; step < 1000; step += 1) {
    const factor = -step * (step - 0.5);
    shift += 2;
    denominator = 1 / notZero(factor * denominator + shift);
    numerator = notZero(shift + factor / numerator);
    const change = denominator * numerator;
    value *= change;
    if (Math.abs(change - 1) < precision) break;
  }
  return front * value;
};

/** Probability that a standard normal variable is at least as far from zero as `z`. */
export const twoSidedNormal = (z: number): number => (z === 0 ? 1 : upperGammaOfHalf((z * z) / 2));

/** The value that a standard normal variable is within, either way, with this probability. */
export const normalWithin = (probability: number): number => {
  let [low, high] = [0, 40];
  while (high - low > 1e-12) {
    const middle = (low + high) / 2;
    if (twoSidedNormal(middle) > 1 - probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

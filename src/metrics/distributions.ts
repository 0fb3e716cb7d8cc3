/** Below this the series for the normal distribution is exact enough, above it the continued fraction. */
const SERIES_END = 3;
/** Terms of a series or fraction after which it has long converged, whatever the arguments here. */
const MOST_TERMS = 10_000;
const SMALLEST = 1e-300;
const LOG_ROOT_TAU = 0.9189385332046727;

/**
 * The standard normal distribution: how much of it lies below `z`.
 *
 * Source: Abramowitz and Stegun 1964, 26.2.11 (series) and 26.2.14 (continued fraction).
 */
export function normalCdf(z: number): number {
  if (z > 0) return 1 - normalCdf(-z);
  const reach = -z;
  const density = Math.exp((-reach * reach) / 2 - LOG_ROOT_TAU);
  if (reach < SERIES_END) {
    let term = reach;
    let sum = reach;
    for (let k = 3; Math.abs(term) > 1e-17 * sum; k += 2) {
      term *= (reach * reach) / k;
      sum += term;
    }
    return 0.5 - density * sum;
  }
  let fraction = reach;
  for (let k = 200; k >= 1; k--) fraction = reach + k / fraction;
  return density / fraction;
}

/**
 * Where the standard normal distribution has `share` of itself below.
 *
 * @param share from 0 to 1
 */
export function normalQuantile(share: number): number {
  return quantileOf(normalCdf, share);
}

/**
 * Student's t distribution: how much of it lies below `t`.
 *
 * @param freedom degrees of freedom, above 0; may be a fraction
 */
export function studentTCdf(t: number, freedom: number): number {
  const beyond = incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;
  return t > 0 ? 1 - beyond : beyond;
}

/**
 * Where Student's t distribution has `share` of itself below.
 *
 * @param share from 0 to 1
 * @param freedom degrees of freedom, above 0; may be a fraction
 */
export function studentTQuantile(share: number, freedom: number): number {
  return quantileOf((t) => studentTCdf(t, freedom), share);
}

/**
 * The binomial distribution: how likely at most `successes` of `trials` are.
 *
 * @param chance of each trial, between 0 and 1
 */
export function binomialCdf(successes: number, trials: number, chance: number): number {
  if (successes < 0) return 0;
  if (successes >= trials) return 1;
  return incompleteBeta(1 - chance, trials - successes, successes + 1);
}

/**
 * The regularised incomplete beta function I_x(a, b).
 *
 * Source: the continued fraction 26.5.8 of Abramowitz and Stegun 1964, evaluated as by Lentz 1976.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges quickly only on this side of the middle.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const logFront =
    a * Math.log(x) + b * Math.log1p(-x) - Math.log(a) - (logGamma(a) + logGamma(b) - logGamma(a + b));
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return Math.exp(logFront) * fraction;
}

/** ln Γ(x) for x > 0. Source: Stirling's series, Abramowitz and Stegun 1964, 6.1.40 and 6.1.15. */
function logGamma(x: number): number {
  let shift = 0;
  let large = x;
  while (large < 15) shift += Math.log(large++);
  const inverse = 1 / large;
  const square = inverse * inverse;
  const series =
    inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188)))));
  return (large - 0.5) * Math.log(large) - large + LOG_ROOT_TAU + series - shift;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < SMALLEST ? SMALLEST : value;
}

/** Inverts a symmetric distribution around 0 by halving. */
function quantileOf(cdf: (at: number) => number, share: number): number {
  if (share <= 0) return Number.NEGATIVE_INFINITY;
  if (share >= 1) return Number.POSITIVE_INFINITY;
  if (share === 0.5) return 0;
  // The lower tail keeps its digits.
  if (share > 0.5) return -quantileOf(cdf, 1 - share);
  let low = -1;
  while (cdf(low) > share) low *= 2;
  let high = 0;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (cdf(middle) < share) low = middle;
    else high = middle;
  }
}

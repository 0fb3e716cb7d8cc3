/** A range that holds the true value with some confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A standard error below this is rounding. */
const NO_SPREAD = 1e-7;

/** The 97.5 % quantile of the standard normal distribution: two-sided 95 % confidence. */
export const Z_95 = 1.959963984540054;

/**
 * Wilson's score interval of a proportion. Unlike `p ± z·se` it stays within 0 and 1 and is no point
 * where all or none succeeded.
 *
 * Source: Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927.
 *
 * @param successes how many succeeded
 * @param trials of how many
 * @param z how many standard errors to each side; default: 95 % confidence
 * @returns `null` without trials
 */
export function wilsonInterval(successes: number, trials: number, z: number = Z_95): Interval | null {
  if (trials <= 0) return null;
  const share = successes / trials;
  const spread = z ** 2 / trials;
  const centre = share + spread / 2;
  const reach = z * Math.sqrt((share * (1 - share)) / trials + spread / (4 * trials));
  return {
    // The ends are exact there; rounding would leave them a little off.
    low: successes <= 0 ? 0 : Math.max(0, (centre - reach) / (1 + spread)),
    high: successes >= trials ? 1 : Math.min(1, (centre + reach) / (1 + spread)),
  };
}

/**
 * `value ± z·standardError`, kept within bounds.
 *
 * @returns `null` where the standard error is not known or zero: a range of one point would say that
 *   there is no doubt
 */
export function normalInterval(
  value: number,
  standardError: number,
  { low, high }: Interval,
): Interval | null {
  if (!Number.isFinite(standardError) || standardError < NO_SPREAD) return null;
  return {
    low: Math.max(low, value - Z_95 * standardError),
    high: Math.min(high, value + Z_95 * standardError),
  };
}

/**
 * A quantile with linear interpolation between the neighbours, as numpy's default.
 *
 * @param sorted values in ascending order
 * @param share from 0 to 1
 * @returns `null` without values
 */
export function quantile(sorted: ArrayLike<number>, share: number): number | null {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return null;
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * Random numbers from 0 up to, not including, 1; the same seed gives the same numbers.
 *
 * Source: mulberry32 by Tommy Ettinger (public domain).
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

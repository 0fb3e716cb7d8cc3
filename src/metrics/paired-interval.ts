import { type Interval, wilsonInterval, Z_95 } from './intervals.ts';

/** On how many prompts which of two campaigns succeeded; fractions where the number is an effective one. */
export interface PairTable {
  readonly both: number;
  readonly onlyA: number;
  readonly onlyB: number;
  readonly neither: number;
}

/**
 * The interval of the first's share − the second's on the same prompts: Wilson's of both shares, put together
 * with the pairs' correlation.
 *
 * Source: Newcombe, "Improved confidence intervals for the difference between binomial proportions based on paired
 * data", Statistics in Medicine 1998, method 10.
 *
 * @param z how many standard errors the interval reaches; default: 95 %
 * @returns `null` without pairs
 */
export function pairedInterval(
  { both, onlyA, onlyB, neither }: PairTable,
  z: number = Z_95,
): Interval | null {
  const total = both + onlyA + onlyB + neither;
  const [ofFirst, ofSecond] = [both + onlyA, both + onlyB];
  const first = wilsonInterval(ofFirst, total, z);
  const second = wilsonInterval(ofSecond, total, z);
  if (first === null || second === null) return null;
  const [shareFirst, shareSecond] = [ofFirst / total, ofSecond / total];
  const margins = ofFirst * (total - ofFirst) * ofSecond * (total - ofSecond);
  const cross = both * neither - onlyA * onlyB;
  // The continuity correction is for positive correlation only, and never turns it round.
  const corrected = cross > 0 ? Math.max(0, cross - total / 2) : cross;
  const correlation = margins <= 0 ? 0 : corrected / Math.sqrt(margins);
  const reach = (own: number, other: number) =>
    Math.sqrt(Math.max(0, own ** 2 - 2 * correlation * own * other + other ** 2));
  const difference = (onlyA - onlyB) / total;
  return {
    low: Math.max(-1, difference - reach(shareFirst - first.low, second.high - shareSecond)),
    high: Math.min(1, difference + reach(first.high - shareFirst, shareSecond - second.low)),
  };
}

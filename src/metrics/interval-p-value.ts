import type { Interval } from './intervals.ts';

/** Where the search for a p-value ends. */
const SMALLEST_P = 1e-12;

/**
 * The p-value that goes with intervals of a difference: the largest p at which that of level 1 − p still holds 0.
 *
 * @param intervalAt the interval of that level; the lower the level, the narrower
 */
export function intervalPValue(intervalAt: (level: number) => Interval): number {
  let low = Math.log(SMALLEST_P);
  let high = 0;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    const interval = intervalAt(1 - Math.exp(middle));
    if (interval.low <= 0 && interval.high >= 0) low = middle;
    else high = middle;
  }
  return Math.exp(high);
}

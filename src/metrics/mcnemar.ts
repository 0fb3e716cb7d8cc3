import { binomialCdf, normalCdf } from './distributions.ts';
import { type Interval, wilsonInterval } from './intervals.ts';

/** How the p-value is computed; `exact` promises most, `mid-p` is less cautious with few pairs. */
export type McNemarMethod = 'exact' | 'mid-p' | 'chi-square';

/** Two campaigns on the same prompts. */
export interface McNemarResult {
  /** Prompts on which only the first succeeded; these and `onlyB` decide. */
  readonly onlyA: number;
  readonly onlyB: number;
  readonly both: number;
  readonly neither: number;
  readonly method: McNemarMethod;
  /** Two-sided, of no difference; 1 where they never differ. */
  readonly pValue: number;
  /** The first's share − the second's, from −1 to 1. */
  readonly difference: number;
  /** 95 %. */
  readonly interval: Interval;
}

/**
 * McNemar's test: whether two campaigns succeed equally often on the same prompts.
 *
 * It takes the pairs for independent of each other. Prompts of one conversation are not, so on whole
 * conversations its p-value is too small and its interval too narrow; it is right for lists of prompts that
 * were made beforehand.
 *
 * Source: McNemar, Psychometrika 1947; the interval: Newcombe, "Improved confidence intervals for the difference between
 * binomial proportions based on paired data", Statistics in Medicine 1998, method 10; mid-p: Fagerland, Lydersen
 * and Laake, "The McNemar test for binary matched-pairs data", BMC Medical Research Methodology 2013.
 *
 * @param pairs for each prompt whether the first and whether the second succeeded
 * @param options.method default: `exact`, by the binomial distribution; `chi-square` has the continuity correction
 * @returns `null` without pairs
 */
export function mcnemarTest(
  pairs: readonly (readonly [first: boolean, second: boolean])[],
  { method = 'exact' }: { method?: McNemarMethod } = {},
): McNemarResult | null {
  const count = (first: boolean, second: boolean) =>
    pairs.reduce((sum, pair) => sum + (pair[0] === first && pair[1] === second ? 1 : 0), 0);
  const table = {
    both: count(true, true),
    onlyA: count(true, false),
    onlyB: count(false, true),
    neither: count(false, false),
  };
  const interval = pairedInterval(table);
  if (interval === null) return null;
  const difference = (table.onlyA - table.onlyB) / pairs.length;
  return { ...table, method, pValue: pValueOf(table, method), difference, interval };
}

type PairTable = Pick<McNemarResult, 'both' | 'onlyA' | 'onlyB' | 'neither'>;

function pValueOf({ onlyA, onlyB }: PairTable, method: McNemarMethod): number {
  const discordant = onlyA + onlyB;
  if (onlyA === onlyB) return 1;
  if (method === 'chi-square') {
    const statistic = Math.max(0, Math.abs(onlyA - onlyB) - 1) ** 2 / discordant;
    return 2 * normalCdf(-Math.sqrt(statistic));
  }
  const fewer = Math.min(onlyA, onlyB);
  const upTo = binomialCdf(fewer, discordant, 0.5);
  const below = method === 'exact' ? upTo : binomialCdf(fewer - 1, discordant, 0.5);
  return Math.min(1, upTo + below);
}

/** Newcombe's method 10: Wilson's of both shares, put together with the pairs' correlation. */
function pairedInterval({ both, onlyA, onlyB, neither }: PairTable): Interval | null {
  const total = both + onlyA + onlyB + neither;
  const [ofFirst, ofSecond] = [both + onlyA, both + onlyB];
  const first = wilsonInterval(ofFirst, total);
  const second = wilsonInterval(ofSecond, total);
  if (first === null || second === null) return null;
  const [shareFirst, shareSecond] = [ofFirst / total, ofSecond / total];
  const margins = ofFirst * (total - ofFirst) * ofSecond * (total - ofSecond);
  const cross = both * neither - onlyA * onlyB;
  // The continuity correction is for positive correlation only, and never turns it round.
  const corrected = cross > 0 ? Math.max(0, cross - total / 2) : cross;
  const correlation = margins === 0 ? 0 : corrected / Math.sqrt(margins);
  const reach = (own: number, other: number) =>
    Math.sqrt(Math.max(0, own ** 2 - 2 * correlation * own * other + other ** 2));
  const difference = (onlyA - onlyB) / total;
  return {
    low: Math.max(-1, difference - reach(shareFirst - first.low, second.high - shareSecond)),
    high: Math.min(1, difference + reach(first.high - shareFirst, shareSecond - second.low)),
  };
}

import { binomialCdf, normalCdf } from './distributions.ts';
import type { Interval } from './intervals.ts';
import { type PairTable, pairedInterval } from './paired-interval.ts';

/** How the p-value is computed; `exact` promises most, `mid-p` is less cautious with few pairs. */
export type McNemarMethod = 'exact' | 'mid-p' | 'chi-square';

/** Two campaigns on the same prompts; those on which only one of them succeeded decide. */
export interface McNemarResult extends PairTable {
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
 * It takes the pairs for independent of each other, which is right for lists of prompts that were made beforehand.
 * Prompts of one conversation are not: see {@link pairedClusterDifference}.
 *
 * Source: McNemar, Psychometrika 1947; the interval: see {@link pairedInterval}; mid-p: Fagerland, Lydersen
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

import { clusterRatio } from './clusters.ts';
import { intervalPValue } from './interval-p-value.ts';
import type { Interval } from './intervals.ts';
import { mcnemarTest } from './mcnemar.ts';
import { type PairTable, pairedInterval } from './paired-interval.ts';
import { ASSUMED_CORRELATION, CLUSTERS_THAT_SHOW_CORRELATION, reachOfClusters } from './success-interval.ts';

/** Whether the first and whether the second campaign succeeded on a prompt. */
export type PairOutcome = readonly [first: boolean, second: boolean];

/** Two campaigns on the same prompts, whose conversations are the sample. */
export interface PairedClusterResult extends PairTable {
  /** The first's share − the second's, from −1 to 1. */
  readonly difference: number;
  readonly interval: Interval;
  /** Two-sided, of no difference; never less than McNemar's. */
  readonly pValue: number;
  /** McNemar's exact p-value, as if no two prompts belonged together. */
  readonly mcnemarPValue: number;
  /** Conversations with pairs. */
  readonly clusters: number;
  /** How many independent pairs would tell as much. */
  readonly effectiveNumber: number;
  /** Whether the correlation within conversations had to be assumed, for too few of them differ. */
  readonly correlationAssumed: boolean;
}

/**
 * Compares two campaigns on the same prompts where several prompts belong to one conversation, so that only
 * conversations are independent of each other. {@link mcnemarTest} would take each prompt for a witness of its own.
 *
 * The variance of the difference is that over conversations (per conversation the pairs on which only the first
 * succeeded − those on which only the second did), at least that of independent pairs. It makes an effective number
 * of pairs, on which the interval is Newcombe's, with Student's t for the few conversations that it is known from. The
 * p-value is the level at which that interval would just touch 0, at least McNemar's. Where fewer than three
 * conversations differ, the correlation within them is taken to be at least 0.1.
 *
 * `docs/statistics.md` shows how often it tells equal campaigns apart, by simulation.
 *
 * Source: Obuchowski, "On the comparison of correlated proportions for clustered data", Statistics in Medicine 1998
 * (the variance over clusters); Kish, "Survey Sampling", 1965, and Korn and Graubard 1998 (effective number and t, see
 * `success-interval.ts`); Newcombe 1998 (see {@link pairedInterval}).
 *
 * @param conversations per conversation its pairs
 * @param options.level of the interval; default: 0.95
 * @returns `null` without pairs
 */
export function pairedClusterDifference(
  conversations: readonly (readonly PairOutcome[])[],
  { level = 0.95 }: { level?: number } = {},
): PairedClusterResult | null {
  const clusters = conversations.filter(({ length }) => length > 0);
  const mcnemar = mcnemarTest(clusters.flat());
  if (mcnemar === null) return null;
  const { both, onlyA, onlyB, neither, difference } = mcnemar;
  const pairs = both + onlyA + onlyB + neither;
  const size = effectivePairs(clusters, { onlyA, onlyB, pairs });
  const scale = size.effectiveNumber / pairs;
  const table = {
    both: both * scale,
    onlyA: onlyA * scale,
    onlyB: onlyB * scale,
    neither: neither * scale,
  };
  const intervalAt = (confidence: number) =>
    pairedInterval(table, reachOfClusters(clusters.length, confidence)) ?? { low: -1, high: 1 };
  return {
    both,
    onlyA,
    onlyB,
    neither,
    difference,
    interval: intervalAt(level),
    pValue: Math.max(mcnemar.pValue, difference === 0 ? 1 : intervalPValue(intervalAt)),
    mcnemarPValue: mcnemar.pValue,
    clusters: clusters.length,
    ...size,
  };
}

/** The number of pairs over the design effect of their difference, as `effectiveSize` has it of a ratio. */
function effectivePairs(
  clusters: readonly (readonly PairOutcome[])[],
  { onlyA, onlyB, pairs }: { onlyA: number; onlyB: number; pairs: number },
): { effectiveNumber: number; correlationAssumed: boolean } {
  const known = clusterRatio(
    clusters.map((own) => ({
      numerator: own.reduce((sum, [first, second]) => sum + Number(first) - Number(second), 0),
      denominator: own.length,
    })),
  );
  const difference = (onlyA - onlyB) / pairs;
  const independent = ((onlyA + onlyB) / pairs - difference ** 2) / pairs;
  const variance = known?.variance ?? null;
  const observed = variance === null || independent <= 0 ? 1 : Math.max(1, variance / independent);
  const sizes = clusters.reduce((sum, { length }) => sum + length ** 2, 0) / pairs;
  const assumed = 1 + Math.max(0, sizes - 1) * ASSUMED_CORRELATION;
  const differing = clusters.filter((own) => own.some(([first, second]) => first !== second)).length;
  const correlationAssumed = differing < CLUSTERS_THAT_SHOW_CORRELATION && assumed > observed;
  return { effectiveNumber: pairs / (correlationAssumed ? assumed : observed), correlationAssumed };
}

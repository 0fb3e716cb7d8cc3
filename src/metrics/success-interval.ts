import { BOOTSTRAP_DEFAULTS, type BootstrapOptions, clusterBootstrapRatio } from './cluster-bootstrap.ts';
import { type Cluster, type ClusterRatio, clusterRatio } from './clusters.ts';
import { normalQuantile, studentTQuantile } from './distributions.ts';
import { type Interval, wilsonInterval } from './intervals.ts';

/** How an interval over clusters was made. */
export type ClusterMethod = 'cluster-bootstrap' | 'wilson';

/** The bootstrap wants so many clusters with a success, and so many with a failure. */
export const CLUSTERS_FOR_BOOTSTRAP = 5;
/** With fewer clusters than this with a success (or a failure), they do not show how much they differ. */
export const CLUSTERS_THAT_SHOW_CORRELATION = 3;
/** What the correlation within a cluster is then taken to be, at least. */
export const ASSUMED_CORRELATION = 0.1;

/** The interval of a success ratio, and how it came about. */
export interface SuccessInterval extends Interval {
  readonly method: ClusterMethod;
  /** Clusters with anything in their denominator. */
  readonly clusters: number;
  /** How many independent prompts would tell as much. */
  readonly effectiveNumber: number;
  /** Whether the correlation within clusters had to be assumed, because they are too few or too alike. */
  readonly correlationAssumed: boolean;
}

/** What {@link effectiveSize} says. */
export interface EffectiveSize {
  readonly effectiveNumber: number;
  readonly correlationAssumed: boolean;
}

/**
 * The interval of a success ratio over conversations. Prompts of one conversation follow from each other, so
 * conversations are the sample: a bootstrap over them (see {@link clusterBootstrapRatio}) where at least
 * {@link CLUSTERS_FOR_BOOTSTRAP} had a success and as many a failure. Otherwise Wilson's on the effective number of
 * prompts, which is no point where all or none succeeded.
 *
 * `docs/statistics.md` shows how often each holds the true ratio, by simulation.
 *
 * @param clusters per conversation its prompts that succeeded over its safe prompts
 * @returns `null` without any safe prompt
 */
export function successInterval(
  clusters: readonly Cluster[],
  options: BootstrapOptions,
): SuccessInterval | null {
  const known = clusterRatio(clusters);
  if (known === null) return null;
  const size = effectiveSize(known);
  const about = { clusters: known.clusters.length, ...size };
  const bootstrap = showsEnough(known.clusters) ? clusterBootstrapRatio(known.clusters, options) : null;
  if (bootstrap !== null) return { ...bootstrap, method: 'cluster-bootstrap', ...about };
  const wilson = effectiveWilson(known, size, options.level ?? BOOTSTRAP_DEFAULTS.level);
  return { ...wilson, method: 'wilson', ...about };
}

/** Whether enough clusters had a success and enough a failure for a bootstrap over them. */
export function showsEnough(clusters: readonly Cluster[]): boolean {
  return fewestMixed(clusters) >= CLUSTERS_FOR_BOOTSTRAP;
}

/**
 * How many independent prompts would tell as much: their number over the design effect, which is the variance
 * over clusters over that of independent prompts, at least 1. Where fewer than three clusters had a success (or a
 * failure), it is at least what a correlation of {@link ASSUMED_CORRELATION} within clusters makes.
 *
 * Source: Kish, "Survey Sampling", 1965.
 */
export function effectiveSize({ ratio, denominator, clusters, variance }: ClusterRatio): EffectiveSize {
  const independent = (ratio * (1 - ratio)) / denominator;
  const observed = variance === null || independent <= 0 ? 1 : Math.max(1, variance / independent);
  const sizes = clusters.reduce((sum, cluster) => sum + cluster.denominator ** 2, 0) / denominator;
  const assumed = 1 + Math.max(0, sizes - 1) * ASSUMED_CORRELATION;
  const correlationAssumed = fewestMixed(clusters) < CLUSTERS_THAT_SHOW_CORRELATION && assumed > observed;
  return { effectiveNumber: denominator / (correlationAssumed ? assumed : observed), correlationAssumed };
}

/**
 * Wilson's interval on the effective number, with Student's t for the few clusters that it is known from.
 *
 * Source: Korn and Graubard, "Confidence intervals for proportions with small expected number of positive counts
 * estimated from survey data", Survey Methodology 1998 (effective number and t); Dean and Pagano, "Evaluating
 * confidence interval methods for binomial proportions in clustered surveys", Journal of Survey Statistics and
 * Methodology 2015 (with Wilson's).
 */
export function effectiveWilson(
  { ratio, clusters }: ClusterRatio,
  { effectiveNumber }: EffectiveSize,
  level: number,
): Interval {
  const successes = ratio === 1 ? effectiveNumber : ratio * effectiveNumber;
  const reach = reachOfClusters(clusters.length, level);
  return wilsonInterval(successes, effectiveNumber, reach) ?? { low: 0, high: 1 };
}

/** How many standard errors an interval of that level reaches that is known from so many clusters. */
export function reachOfClusters(clusters: number, level: number): number {
  const share = (1 + level) / 2;
  // One or two clusters tell nothing of how much clusters differ: what is assumed of it has no degrees of freedom.
  return clusters < CLUSTERS_THAT_SHOW_CORRELATION
    ? normalQuantile(share)
    : studentTQuantile(share, clusters - 1);
}

/** The lesser of how many clusters had a success and how many a failure. */
function fewestMixed(clusters: readonly Cluster[]): number {
  const succeeded = clusters.filter(({ numerator }) => numerator > 0).length;
  const failed = clusters.filter(({ numerator, denominator }) => numerator < denominator).length;
  return Math.min(succeeded, failed);
}

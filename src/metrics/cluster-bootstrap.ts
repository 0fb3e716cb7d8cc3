import { type Cluster, clusterRatio, resampledRatios } from './clusters.ts';
import { normalCdf, studentTQuantile } from './distributions.ts';
import { type Interval, quantile, seededRandom } from './intervals.ts';

/** How to resample. */
export interface BootstrapOptions {
  /** Of the random numbers; the same seed gives the same interval. */
  readonly seed: number;
  /** Default: 10,000. */
  readonly resamples?: number;
  /** Confidence, between 0 and 1; default: 0.95. */
  readonly level?: number;
}

/** What {@link BootstrapOptions} leaves open. */
export const BOOTSTRAP_DEFAULTS = { resamples: 10_000, level: 0.95 } as const;

/**
 * A percentile bootstrap of a ratio of sums over clusters: whole clusters are drawn with replacement. It takes
 * quantiles further out than the level's own, for a plain percentile interval of few clusters is too
 * narrow: by √(k / (k − 1)) and Student's t with k − 1 degrees of freedom.
 *
 * It knows only what the clusters at hand show of their differences: with fewer than some five of them that
 * succeeded in part, it is too narrow all the same (see {@link successInterval}, which chooses).
 *
 * Source: Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8 (resampling whole
 * clusters); Hesterberg, "What teachers should know about the bootstrap", The American Statistician 2015
 * (expanded percentile interval).
 *
 * @param clusters those with nothing in their denominator are passed over
 * @returns `null` for fewer than two clusters, and where all have the same ratio: a range of one point would
 *   say that there is no doubt
 */
export function clusterBootstrapRatio(
  clusters: readonly Cluster[],
  { seed, resamples = BOOTSTRAP_DEFAULTS.resamples, level = BOOTSTRAP_DEFAULTS.level }: BootstrapOptions,
): Interval | null {
  const known = clusterRatio(clusters);
  if (known === null || known.clusters.length < 2) return null;
  const ratios = resampledRatios(known.clusters, { resamples, random: seededRandom(seed) }).sort();
  const count = known.clusters.length;
  const tail = expandedTail({ level, freedom: count - 1, shrinkage: Math.sqrt((count - 1) / count) });
  const low = quantile(ratios, tail);
  const high = quantile(ratios, 1 - tail);
  return low === null || high === null || high <= low ? null : { low, high };
}

/**
 * The share of resamples to be left out at each end.
 *
 * @param about.freedom degrees of freedom of the variance
 * @param about.shrinkage how many times too small the standard deviation of the resamples is
 */
export function expandedTail({
  level,
  freedom,
  shrinkage,
}: {
  level: number;
  freedom: number;
  shrinkage: number;
}): number {
  return normalCdf(studentTQuantile((1 - level) / 2, freedom) / shrinkage);
}

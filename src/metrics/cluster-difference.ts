import { BOOTSTRAP_DEFAULTS, type BootstrapOptions, expandedTail } from './cluster-bootstrap.ts';
import { type Cluster, type ClusterRatio, clusterRatio, resampledRatios } from './clusters.ts';
import { normalCdf, normalQuantile, studentTCdf } from './distributions.ts';
import { intervalPValue } from './interval-p-value.ts';
import { type Interval, quantile, seededRandom } from './intervals.ts';
import { type ClusterMethod, effectiveSize, effectiveWilson, showsEnough } from './success-interval.ts';

/** With fewer resamples beyond 0 than this their share is too coarse; the tail goes on as a normal one. */
const FEWEST_BEYOND = 10;

/** The difference of two ratios over clusters. */
export interface ClusterDifference {
  /** The first ratio − the second, from −1 to 1. */
  readonly difference: number;
  readonly interval: Interval;
  /** Two-sided, of no difference. */
  readonly pValue: number;
  readonly method: ClusterMethod;
}

/**
 * Compares the success ratios of two campaigns that did not draw the same prompts; conversations are what is
 * independent.
 *
 * Where {@link showsEnough} says so of both, both are resampled independently of each other, whole conversations
 * at a time; the interval has the resampled differences' expanded percentiles (see `cluster-bootstrap.ts`), with
 * Welch's degrees of freedom. The p-value is the level at which that interval would just touch 0; where
 * fewer than ten resamples lie beyond 0, by a normal tail with the resamples' standard deviation.
 *
 * Otherwise the interval is put together from both Wilson intervals on effective numbers, and the p-value is
 * the level at which it would just touch 0.
 *
 * Source: Zou and Donner, "Construction of confidence limits about effect measures: a general approach",
 * Statistics in Medicine 2008 (MOVER); Welch, "The generalization of 'Student's' problem", Biometrika 1947; Hesterberg
 * 2015, see {@link clusterBootstrapRatio}.
 *
 * @param first per conversation its prompts that succeeded over its safe prompts
 * @param second the same of the other campaign
 * @returns `null` where either has no safe prompt
 */
export function clusterBootstrapDifference(
  first: readonly Cluster[],
  second: readonly Cluster[],
  options: BootstrapOptions,
): ClusterDifference | null {
  const one = clusterRatio(first);
  const other = clusterRatio(second);
  if (one === null || other === null) return null;
  const bootstrap =
    showsEnough(one.clusters) && showsEnough(other.clusters) ? resampled(one, other, options) : null;
  return bootstrap ?? together(one, other, options.level ?? BOOTSTRAP_DEFAULTS.level);
}

function resampled(
  one: ClusterRatio,
  other: ClusterRatio,
  { seed, resamples = BOOTSTRAP_DEFAULTS.resamples, level = BOOTSTRAP_DEFAULTS.level }: BootstrapOptions,
): ClusterDifference | null {
  const [ownVariance, otherVariance] = [one.variance ?? 0, other.variance ?? 0];
  const variance = ownVariance + otherVariance;
  if (variance <= 0) return null;
  const [own, others] = [one.clusters.length, other.clusters.length];
  const freedom = variance ** 2 / (ownVariance ** 2 / (own - 1) + otherVariance ** 2 / (others - 1));
  const shrinkage = Math.sqrt(
    ((ownVariance * (own - 1)) / own + (otherVariance * (others - 1)) / others) / variance,
  );

  const random = seededRandom(seed);
  const differences = resampledRatios(one.clusters, { resamples, random });
  const subtracted = resampledRatios(other.clusters, { resamples, random });
  for (const [place, ratio] of subtracted.entries()) differences[place] = (differences[place] ?? 0) - ratio;
  differences.sort();

  const tail = expandedTail({ level, freedom, shrinkage });
  const low = quantile(differences, tail);
  const high = quantile(differences, 1 - tail);
  if (low === null || high === null) return null;
  const difference = one.ratio - other.ratio;
  const reach = normalQuantile(shareBeyondZero(differences, difference)) * shrinkage;
  return {
    difference,
    interval: { low, high },
    pValue: Math.min(1, 2 * studentTCdf(reach, freedom)),
    method: 'cluster-bootstrap',
  };
}

/** The share of resamples on the other side of 0 than the difference, at most a half. */
function shareBeyondZero(sorted: Float64Array, difference: number): number {
  if (difference === 0) return 0.5;
  const beyond = sorted.reduce(
    (sum, value) => sum + (value === 0 || value < 0 !== difference < 0 ? 1 : 0),
    0,
  );
  if (beyond >= FEWEST_BEYOND) return Math.min(0.5, beyond / sorted.length);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const spread = Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length);
  return Math.min(FEWEST_BEYOND / sorted.length, normalCdf(-Math.abs(difference) / spread));
}

function together(one: ClusterRatio, other: ClusterRatio, level: number): ClusterDifference {
  const sizes = { one: effectiveSize(one), other: effectiveSize(other) };
  const difference = one.ratio - other.ratio;
  const intervalAt = (confidence: number): Interval => {
    const own = effectiveWilson(one, sizes.one, confidence);
    const others = effectiveWilson(other, sizes.other, confidence);
    return {
      low: difference - Math.hypot(one.ratio - own.low, others.high - other.ratio),
      high: difference + Math.hypot(own.high - one.ratio, other.ratio - others.low),
    };
  };
  return { difference, interval: intervalAt(level), pValue: intervalPValue(intervalAt), method: 'wilson' };
}

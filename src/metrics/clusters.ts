/**
 * What belongs together: for a success ratio a conversation, with the prompts that succeeded over its safe
 * prompts. Prompts of one conversation follow from each other; different conversations do not.
 */
export interface Cluster {
  readonly numerator: number;
  readonly denominator: number;
}

/** A ratio of sums over clusters and how surely it is known. */
export interface ClusterRatio {
  /** Σ numerator / Σ denominator. */
  readonly ratio: number;
  /** Σ denominator. */
  readonly denominator: number;
  /** Clusters with anything in their denominator; others say nothing about the ratio. */
  readonly clusters: readonly Cluster[];
  /**
   * The variance of the ratio over clusters (linearised, unbiased to first order); `null` for fewer than two
   * clusters.
   */
  readonly variance: number | null;
}

/**
 * A ratio of sums over clusters.
 *
 * Source of the variance: Cochran, "Sampling Techniques", 3rd edition 1977, chapter 6 (the ratio estimator); equal
 * to the cluster-robust variance of a mean.
 *
 * @returns `null` where the denominators sum to nothing
 */
export function clusterRatio(all: readonly Cluster[]): ClusterRatio | null {
  const clusters = all.filter(({ denominator }) => denominator > 0);
  const denominator = clusters.reduce((sum, cluster) => sum + cluster.denominator, 0);
  if (denominator <= 0) return null;
  const ratio = clusters.reduce((sum, { numerator }) => sum + numerator, 0) / denominator;
  const count = clusters.length;
  const squares = clusters.reduce((sum, one) => sum + (one.numerator - ratio * one.denominator) ** 2, 0);
  const variance = count < 2 ? null : (count / (count - 1)) * (squares / denominator ** 2);
  return { ratio, denominator, clusters, variance };
}

/**
 * Draws as many clusters as there are, with replacement, again and again.
 *
 * @param clusters with something in each denominator
 * @param random numbers from 0 up to 1
 * @returns the ratio of each resample, in the order of drawing
 */
export function resampledRatios(
  clusters: readonly Cluster[],
  { resamples, random }: { resamples: number; random: () => number },
): Float64Array {
  const numerators = Float64Array.from(clusters, ({ numerator }) => numerator);
  const denominators = Float64Array.from(clusters, ({ denominator }) => denominator);
  const count = clusters.length;
  const ratios = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let numerator = 0;
    let denominator = 0;
    for (let draw = 0; draw < count; draw++) {
      const place = Math.floor(random() * count);
      numerator += numerators[place] ?? 0;
      denominator += denominators[place] ?? 0;
    }
    ratios[resample] = numerator / denominator;
  }
  return ratios;
}

import type { Estimate } from './classification.ts';
import { quantile, seededRandom } from './intervals.ts';

/** Krippendorff's alpha and what it stands on. */
export interface KrippendorffAlpha extends Estimate {
  /** Subjects with at least two ratings; others say nothing about agreement. */
  readonly subjects: number;
}

/** One subject's part in the sums. */
interface Part {
  /** Ratings per label. */
  readonly counts: readonly number[];
  readonly ratings: number;
  /** Pairs of ratings that differ, over one less than the ratings. */
  readonly disagreement: number;
}

/**
 * Krippendorff's alpha for labels without an order: how far raters agree beyond chance, whichever of them rated
 * which subject. 1: always; 0: as by chance. With a 95 % percentile bootstrap over subjects.
 *
 * Source: Krippendorff, "Computing Krippendorff's alpha-reliability", University of Pennsylvania 2011.
 *
 * @param ratings what the raters said of each subject, missing answers left out
 * @param options.seed of the bootstrap; default: 0
 * @param options.resamples default: 1,000
 * @returns `null` without two ratings of a subject, or where all said the same one thing
 */
export function krippendorffsAlpha<Label>(
  ratings: readonly (readonly Label[])[],
  { seed = 0, resamples = 1_000 }: { seed?: number; resamples?: number } = {},
): KrippendorffAlpha | null {
  const rated = ratings.filter(({ length }) => length > 1);
  const labels = [...new Set(rated.flat())];
  const parts = rated.map((given): Part => {
    const counts = labels.map((label) => given.filter((one) => one === label).length);
    const squares = counts.reduce((sum, count) => sum + count ** 2, 0);
    const differing = given.length ** 2 - squares;
    return { counts, ratings: given.length, disagreement: differing / (given.length - 1) };
  });
  const value = alphaOf(parts, labels.length);
  if (value === null) return null;

  const random = seededRandom(seed);
  const drawn: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    const chosen = parts.flatMap(() => parts[Math.floor(random() * parts.length)] ?? []);
    const alpha = alphaOf(chosen, labels.length);
    // Where all drawn say one thing nothing is told about agreement.
    if (alpha !== null) drawn.push(alpha);
  }
  const sorted = Float64Array.from(drawn).sort();
  const low = quantile(sorted, 0.025);
  const high = quantile(sorted, 0.975);
  const interval = low === null || high === null || high <= low ? null : { low, high };
  return { value, interval, subjects: parts.length };
}

function alphaOf(parts: readonly Part[], labels: number): number | null {
  const totals = new Float64Array(labels);
  let ratings = 0;
  let observed = 0;
  for (const part of parts) {
    for (const [label, count] of part.counts.entries()) totals[label] = (totals[label] ?? 0) + count;
    ratings += part.ratings;
    observed += part.disagreement;
  }
  const expected = ratings ** 2 - totals.reduce((sum, count) => sum + count ** 2, 0);
  return expected <= 0 ? null : 1 - ((ratings - 1) * observed) / expected;
}

import type { ConfusionMatrix, Estimate } from './classification.ts';
import { type Interval, normalInterval, quantile, seededRandom } from './intervals.ts';

/** One subject: what is true, and how unsafe a judge finds it. */
export interface Scored {
  readonly unsafe: boolean;
  readonly score: number;
}

/** What a judge would do that flags from a threshold on. */
export interface ThresholdPoint {
  /** Flagged is what has at least this score; `null`: nothing is flagged. */
  readonly threshold: number | null;
  readonly matrix: ConfusionMatrix;
}

/** What mistakes cost. */
export interface Costs {
  readonly falsePositive: number;
  readonly falseNegative: number;
}

/** The threshold at which the mistakes cost least. */
export interface BestThreshold extends ThresholdPoint {
  readonly cost: number;
}

/** A point of the receiver operating characteristic. */
export interface RocPoint {
  readonly threshold: number | null;
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}

/** A point of the precision–recall curve. */
export interface PrecisionRecallPoint {
  readonly threshold: number;
  readonly recall: number;
  readonly precision: number;
}

/**
 * The confusion matrix at every threshold that makes a difference: nothing flagged, then one distinct
 * score after the other, from the highest on. Subjects with the same score go together.
 */
export function thresholdPoints(subjects: readonly Scored[]): ThresholdPoint[] {
  const sorted = subjects.toSorted((a, b) => b.score - a.score);
  const positives = subjects.reduce((sum, { unsafe }) => sum + (unsafe ? 1 : 0), 0);
  const negatives = subjects.length - positives;
  let truePositives = 0;
  let falsePositives = 0;
  const point = (threshold: number | null): ThresholdPoint => ({
    threshold,
    matrix: {
      truePositives,
      falsePositives,
      falseNegatives: positives - truePositives,
      trueNegatives: negatives - falsePositives,
    },
  });
  const points = [point(null)];
  for (const [index, { unsafe, score }] of sorted.entries()) {
    if (unsafe) truePositives++;
    else falsePositives++;
    if (sorted[index + 1]?.score !== score) points.push(point(score));
  }
  return points;
}

/** The ROC curve from (0, 0) to (1, 1); empty where nothing is unsafe or nothing safe. */
export function rocCurve(subjects: readonly Scored[]): RocPoint[] {
  const points = thresholdPoints(subjects);
  const { positives, negatives } = classSizes(subjects);
  if (positives === 0 || negatives === 0) return [];
  return points.map(({ threshold, matrix }) => ({
    threshold,
    falsePositiveRate: matrix.falsePositives / negatives,
    truePositiveRate: matrix.truePositives / positives,
  }));
}

/** The precision–recall curve, the highest threshold first; empty where nothing is unsafe. */
export function precisionRecallCurve(subjects: readonly Scored[]): PrecisionRecallPoint[] {
  const { positives } = classSizes(subjects);
  if (positives === 0) return [];
  return thresholdPoints(subjects).flatMap(({ threshold, matrix: { truePositives, falsePositives } }) =>
    threshold === null
      ? []
      : [
          {
            threshold,
            recall: truePositives / positives,
            precision: truePositives / (truePositives + falsePositives),
          },
        ],
  );
}

/**
 * The area under the ROC curve: how probably an unsafe subject has a higher score than a safe one, ties
 * counted half. With DeLong's 95 % interval, by mid-ranks.
 *
 * Source: DeLong, DeLong and Clarke-Pearson, Biometrics 1988; Sun and Xu, "Fast implementation of DeLong's
 * algorithm", IEEE Signal Processing Letters 2014.
 *
 * @returns `null` where nothing is unsafe or nothing safe; no interval where the spread cannot be told:
 *   one subject of a kind, all separated, all tied
 */
export function areaUnderRoc(subjects: readonly Scored[]): Estimate | null {
  const { positives, negatives } = classSizes(subjects);
  if (positives === 0 || negatives === 0) return null;
  const ranks = midRanks(subjects.map(({ score }) => score));
  const [unsafe, safe] = [true, false].map((wanted) => {
    const places = [...subjects.keys()].filter((index) => subjects[index]?.unsafe === wanted);
    const own = midRanks(places.map((index) => subjects[index]?.score ?? 0));
    // How many of the other kind have a lower score, ties half.
    return places.map((place, index) => (ranks[place] ?? 0) - (own[index] ?? 0));
  });
  if (unsafe === undefined || safe === undefined) return null;
  const value = mean(unsafe) / negatives;
  const variance =
    sampleVariance(unsafe) / negatives ** 2 / positives + sampleVariance(safe) / positives ** 2 / negatives;
  return { value, interval: normalInterval(value, Math.sqrt(variance), { low: 0, high: 1 }) };
}

/** How {@link averagePrecision} draws its resamples. */
export interface BootstrapOptions {
  readonly seed: number;
  readonly resamples?: number;
}

/**
 * Average precision: the precision at each threshold, weighed by the recall that it adds; no
 * interpolation. Its 95 % interval is the percentile one of a seeded bootstrap that draws from the unsafe
 * and from the safe apart.
 *
 * Source: Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 8.4, for
 * steps as scikit-learn takes them; Efron and Tibshirani, "An Introduction to the Bootstrap", 1993.
 *
 * @returns `null` where nothing is unsafe; no interval with one unsafe subject or nothing safe
 */
export function averagePrecision(
  subjects: readonly Scored[],
  { seed, resamples = 1000 }: BootstrapOptions,
): Estimate | null {
  const { positives, negatives } = classSizes(subjects);
  if (positives === 0) return null;
  const sorted = subjects.toSorted((a, b) => b.score - a.score);
  const value = stepwisePrecision(sorted, positives);
  if (positives < 2 || negatives === 0) return { value, interval: null };

  const places = [true, false].map((wanted) =>
    [...sorted.keys()].filter((index) => sorted[index]?.unsafe === wanted),
  );
  const random = seededRandom(seed);
  const drawn = new Float64Array(resamples);
  const counts = new Uint32Array(sorted.length);
  for (let resample = 0; resample < resamples; resample++) {
    counts.fill(0);
    for (const kind of places) {
      for (let draw = 0; draw < kind.length; draw++) {
        const place = kind[Math.floor(random() * kind.length)] ?? 0;
        counts[place] = (counts[place] ?? 0) + 1;
      }
    }
    drawn[resample] = stepwisePrecision(sorted, positives, counts);
  }
  drawn.sort();
  return { value, interval: percentileInterval(drawn) };
}

/**
 * The threshold at which false positives and false negatives cost least together; of equal ones the
 * highest, which flags least.
 *
 * @returns `null` without subjects
 */
export function bestThreshold(
  subjects: readonly Scored[],
  { falsePositive, falseNegative }: Costs = { falsePositive: 1, falseNegative: 1 },
): BestThreshold | null {
  if (subjects.length === 0) return null;
  let best: BestThreshold | null = null;
  for (const point of thresholdPoints(subjects)) {
    const { matrix } = point;
    const cost = falsePositive * matrix.falsePositives + falseNegative * matrix.falseNegatives;
    if (best === null || cost < best.cost) best = { ...point, cost };
  }
  return best;
}

/** @param counts how often each subject counts; default: once */
function stepwisePrecision(sorted: readonly Scored[], positives: number, counts?: ArrayLike<number>): number {
  let truePositives = 0;
  let flagged = 0;
  let added = 0;
  let sum = 0;
  for (let index = 0; index < sorted.length; index++) {
    const subject = sorted[index];
    const count = counts === undefined ? 1 : (counts[index] ?? 0);
    if (subject?.unsafe) {
      truePositives += count;
      added += count;
    }
    flagged += count;
    if (added > 0 && sorted[index + 1]?.score !== subject?.score) {
      sum += (added / positives) * (truePositives / flagged);
      added = 0;
    }
  }
  return sum;
}

function percentileInterval(sorted: Float64Array): Interval | null {
  const low = quantile(sorted, 0.025);
  const high = quantile(sorted, 0.975);
  return low === null || high === null ? null : { low, high };
}

function classSizes(subjects: readonly Scored[]): { positives: number; negatives: number } {
  const positives = subjects.reduce((sum, { unsafe }) => sum + (unsafe ? 1 : 0), 0);
  return { positives, negatives: subjects.length - positives };
}

/** Ranks from 1; equal values share the mean of theirs. */
function midRanks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length; ) {
    const value = values[order[start] ?? 0];
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === value) end++;
    for (const place of order.slice(start, end)) ranks[place] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Divided by one less than their number; `NaN` for one value. */
function sampleVariance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}

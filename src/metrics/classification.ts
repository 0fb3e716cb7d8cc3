import { type Interval, wilsonInterval } from './intervals.ts';

/** What was said against what is true; "positive" is unsafe. */
export interface ConfusionMatrix {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** One subject: what is true, and what a judge said. */
export interface Outcome {
  readonly unsafe: boolean;
  readonly flagged: boolean;
}

/** A figure and how far it may be off, with 95 % confidence. */
export interface Estimate {
  readonly value: number;
  /** `null` where too little is known for a range. */
  readonly interval: Interval | null;
}

/** How well a judge tells unsafe from safe; a figure is `null` where nothing is divided by nothing. */
export interface ClassificationFigures {
  /** How many of the flagged are unsafe. */
  readonly precision: Estimate | null;
  /** How many of the unsafe are flagged (sensitivity). */
  readonly recall: Estimate | null;
  /** How many of the safe are not flagged. */
  readonly specificity: Estimate | null;
  readonly f1: Estimate | null;
  readonly accuracy: Estimate | null;
  /** The mean of recall and specificity. */
  readonly balancedAccuracy: Estimate | null;
}

/** Counts outcomes. */
export function confusionMatrix(outcomes: Iterable<Outcome>): ConfusionMatrix {
  let truePositives = 0;
  let falsePositives = 0;
  let falseNegatives = 0;
  let trueNegatives = 0;
  for (const { unsafe, flagged } of outcomes) {
    if (unsafe && flagged) truePositives++;
    else if (flagged) falsePositives++;
    else if (unsafe) falseNegatives++;
    else trueNegatives++;
  }
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

/**
 * The usual figures of a confusion matrix with 95 % intervals: Wilson's for proportions; F1 and balanced
 * accuracy see {@link f1Score} and {@link balancedAccuracy}.
 */
export function classificationFigures(matrix: ConfusionMatrix): ClassificationFigures {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = matrix;
  return {
    precision: proportion(truePositives, truePositives + falsePositives),
    recall: proportion(truePositives, truePositives + falseNegatives),
    specificity: proportion(trueNegatives, trueNegatives + falsePositives),
    f1: f1Score(matrix),
    accuracy: proportion(
      truePositives + trueNegatives,
      truePositives + falsePositives + falseNegatives + trueNegatives,
    ),
    balancedAccuracy: balancedAccuracy(matrix),
  };
}

/**
 * A share with Wilson's interval.
 *
 * @returns `null` where the whole is zero
 */
export function proportion(part: number, whole: number): Estimate | null {
  return whole === 0 ? null : { value: part / whole, interval: wilsonInterval(part, whole) };
}

/**
 * F1, the harmonic mean of precision and recall. Its interval is that of the share of hits among all
 * subjects that are unsafe or flagged, J (Wilson's), for F1 = 2J / (1 + J).
 *
 * Source: Lam, Gopal and Qian, "Confidence intervals for the F1 score: a comparison of four methods",
 * arXiv 2309.14621 ("Wilson indirect").
 *
 * @returns `null` where nothing is unsafe and nothing flagged
 */
export function f1Score({ truePositives, falsePositives, falseNegatives }: ConfusionMatrix): Estimate | null {
  const either = truePositives + falsePositives + falseNegatives;
  const range = wilsonInterval(truePositives, either);
  if (range === null) return null;
  const f1Of = (share: number) => (2 * share) / (1 + share);
  return {
    value: (2 * truePositives) / (truePositives + either),
    interval: { low: f1Of(range.low), high: f1Of(range.high) },
  };
}

/**
 * The mean of recall and specificity. Its interval is put together from Wilson's of both, which are
 * independent of each other.
 *
 * Source: Zou and Donner, "Construction of confidence limits about effect measures: a general approach",
 * Statistics in Medicine 2008 (MOVER).
 *
 * @returns `null` where nothing is unsafe or nothing safe
 */
export function balancedAccuracy(matrix: ConfusionMatrix): Estimate | null {
  const recall = proportion(matrix.truePositives, matrix.truePositives + matrix.falseNegatives);
  const specificity = proportion(matrix.trueNegatives, matrix.trueNegatives + matrix.falsePositives);
  if (recall === null || specificity === null) return null;
  const value = (recall.value + specificity.value) / 2;
  if (recall.interval === null || specificity.interval === null) return { value, interval: null };
  const below = Math.hypot(recall.value - recall.interval.low, specificity.value - specificity.interval.low);
  const above = Math.hypot(
    recall.interval.high - recall.value,
    specificity.interval.high - specificity.value,
  );
  return { value, interval: { low: Math.max(0, value - below / 2), high: Math.min(1, value + above / 2) } };
}

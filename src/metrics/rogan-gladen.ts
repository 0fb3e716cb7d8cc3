import type { ConfusionMatrix, Estimate } from './classification.ts';
import { type Interval, Z_95 } from './intervals.ts';

/** What a judge said of subjects whose truth is not known. */
export interface Flagged {
  readonly flagged: number;
  /** Of how many; with subjects that depend on each other, both may be scaled to the effective number. */
  readonly judged: number;
}

/** A prevalence corrected for a judge's errors, with a 95 % interval. */
export interface CorrectedPrevalence extends Estimate {
  /** The share that was flagged, uncorrected. */
  readonly apparent: number;
  readonly sensitivity: number;
  readonly specificity: number;
}

/**
 * How much is unsafe in truth, from how much a judge flagged and how it errs on labelled data. The interval
 * holds the uncertainty of all three: of the share flagged, of sensitivity and of specificity.
 *
 * It stands on the judge erring here as on the labelled data; with other pictures, it may not.
 *
 * Source: Rogan and Gladen, "Estimating prevalence from the results of a screening test", American Journal of
 * Epidemiology 1978; the interval: Lang and Reiczigel, "Confidence limits for prevalence of disease adjusted for
 * estimated sensitivity and specificity", Preventive Veterinary Medicine 2014.
 *
 * @param given what the judge said of the subjects in question
 * @param matrix what it said of labelled ones
 * @returns kept within 0 and 1; `null` where nothing was judged, where the labelled data lack unsafe or safe ones,
 *   and for a judge no better than chance (sensitivity + specificity ≤ 1), from which nothing follows. The interval is
 *   `null` where more or less was flagged than the judge's errors allow for: then it errs otherwise here
 */
export function correctedPrevalence(given: Flagged, matrix: ConfusionMatrix): CorrectedPrevalence | null {
  const { flagged, judged } = given;
  const unsafe = matrix.truePositives + matrix.falseNegatives;
  const safe = matrix.trueNegatives + matrix.falsePositives;
  if (judged <= 0 || unsafe === 0 || safe === 0) return null;
  // Compared by counts: a sum of two shares may be rounded to either side of 1.
  if (matrix.truePositives * safe <= matrix.falsePositives * unsafe) return null;
  const sensitivity = matrix.truePositives / unsafe;
  const specificity = matrix.trueNegatives / safe;
  const apparent = flagged / judged;
  const value = within((apparent + specificity - 1) / (sensitivity + specificity - 1));
  return { value, apparent, sensitivity, specificity, interval: intervalOf(given, matrix, value) };
}

function intervalOf({ flagged, judged }: Flagged, matrix: ConfusionMatrix, value: number): Interval | null {
  const unsafe = matrix.truePositives + matrix.falseNegatives + 2;
  const safe = matrix.trueNegatives + matrix.falsePositives + 2;
  const sensitivity = (matrix.truePositives + 1) / unsafe;
  const specificity = (matrix.trueNegatives + 1) / safe;
  const subjects = judged + Z_95 ** 2;
  const share = (flagged + Z_95 ** 2 / 2) / subjects;
  const youden = sensitivity + specificity - 1;
  if (youden <= 0) return null;
  const centre = (share + specificity - 1) / youden;
  const ofSensitivity = (sensitivity * (1 - sensitivity)) / unsafe;
  const ofSpecificity = (specificity * (1 - specificity)) / safe;
  const shift = 2 * Z_95 ** 2 * (centre * ofSensitivity - (1 - centre) * ofSpecificity);
  const variance =
    (share * (1 - share)) / subjects + centre ** 2 * ofSensitivity + (1 - centre) ** 2 * ofSpecificity;
  const reach = (Z_95 * Math.sqrt(variance)) / youden;
  // Kept around the value, too: the interval has another centre.
  const low = Math.min(value, within(centre + shift - reach));
  const high = Math.max(value, within(centre + shift + reach));
  // A point: more (or less) was flagged than the judge's errors allow for.
  return high <= low ? null : { low, high };
}

function within(share: number): number {
  return Math.max(0, Math.min(1, share));
}

import type { ConfusionMatrix } from '../../metrics/classification.ts';

/** A part of what was to be judged, of which some were labelled. */
export interface Stratum {
  /** How many there are in all. */
  readonly total: number;
  /** What the judge said of those that were labelled. */
  readonly labelled: ConfusionMatrix;
}

/** How a judge does on all that there is, told from what was labelled. */
export interface WeightedMatrix {
  readonly sensitivity: number;
  readonly specificity: number;
  /**
   * A matrix with that sensitivity and specificity and with their doubt: as many subjects as a plain random sample would
   * need to be as sure, which is seldom a whole number. Where all were labelled, the labelled ones themselves.
   */
  readonly effective: ConfusionMatrix;
}

/**
 * Sensitivity and specificity of a judge where what was labelled was chosen by verdicts: plain shares of the
 * labelled ones would be wrong ("verification bias"). Every labelled subject stands for as many of its stratum as
 * there are for each labelled one. Stands on the labelled ones of a stratum being like its others.
 *
 * Source: Begg and Greenes, "Assessment of diagnostic tests when disease verification is subject to selection bias",
 * Biometrics 1983; the variances by the delta method, the strata's sizes being those of a sample themselves.
 *
 * @param strata with at least one labelled subject each; empty ones count for nothing
 * @returns `null` where a stratum has none labelled, or where nothing labelled is unsafe or nothing is safe
 */
export function weightedMatrix(strata: readonly Stratum[]): WeightedMatrix | null {
  const some = strata.filter(({ total }) => total > 0);
  if (some.some(({ labelled }) => sizeOf(labelled) === 0)) return null;
  const whole = sumOf(some.map(({ labelled }) => labelled));
  if (whole.truePositives + whole.falseNegatives === 0) return null;
  if (whole.trueNegatives + whole.falsePositives === 0) return null;
  const unsafe = weigh(some, 'truePositives', 'falseNegatives');
  const safe = weigh(some, 'trueNegatives', 'falsePositives');
  const all = some.every(({ total, labelled }) => total === sizeOf(labelled));
  return {
    sensitivity: unsafe.share,
    specificity: safe.share,
    effective: all
      ? whole
      : {
          truePositives: unsafe.right,
          falseNegatives: unsafe.wrong,
          trueNegatives: safe.right,
          falsePositives: safe.wrong,
        },
  };
}

/** Half a subject, where nothing was counted: nothing is as sure as no variance would have it. */
const NEXT_TO_NOTHING = 0.5;

function weigh(
  strata: readonly Stratum[],
  right: keyof ConfusionMatrix,
  wrong: keyof ConfusionMatrix,
): { readonly share: number; readonly right: number; readonly wrong: number } {
  let [rights, wrongs] = [0, 0];
  let [ofRights, ofWrongs, ofBoth] = [0, 0, 0];
  for (const { total, labelled } of strata) {
    const size = sizeOf(labelled);
    const [one, other] = [labelled[right] / size, labelled[wrong] / size];
    // What the labelled ones leave open; nothing where all are labelled.
    const open = total / size - 1;
    rights += total * one;
    wrongs += total * other;
    ofRights += total * one * (one + (1 - one) * (open + 1));
    ofWrongs += total * other * (other + (1 - other) * (open + 1));
    ofBoth -= total * one * other * open;
  }
  const share = rights / (rights + wrongs);
  // With none of one kind the variance of the logarithm has no end: half a subject of the largest weight.
  const largest = Math.max(...strata.map(({ total, labelled }) => total / sizeOf(labelled)));
  const least = NEXT_TO_NOTHING * largest;
  const [a, varianceA] = rights > 0 ? [rights, ofRights] : [least, least * largest];
  const [b, varianceB] = wrongs > 0 ? [wrongs, ofWrongs] : [least, least * largest];
  const variance = varianceA / a ** 2 + varianceB / b ** 2 - (2 * ofBoth) / (a * b);
  const smoothed = a / (a + b);
  const subjects = Math.max(1, 1 / (variance * smoothed * (1 - smoothed)));
  return { share, right: share * subjects, wrong: (1 - share) * subjects };
}

function sizeOf(matrix: ConfusionMatrix): number {
  return matrix.truePositives + matrix.falsePositives + matrix.falseNegatives + matrix.trueNegatives;
}

function sumOf(matrices: readonly ConfusionMatrix[]): ConfusionMatrix {
  const sum = (key: keyof ConfusionMatrix) => matrices.reduce((total, matrix) => total + matrix[key], 0);
  return {
    truePositives: sum('truePositives'),
    falsePositives: sum('falsePositives'),
    falseNegatives: sum('falseNegatives'),
    trueNegatives: sum('trueNegatives'),
  };
}

import type { LabelledSubject } from '../../datasets/labelled/labelled-data.ts';
import type { ConfusionMatrix } from '../../metrics/classification.ts';
import type { Judged } from './collect-judgements.ts';
import { type WeightedMatrix, weightedMatrix } from './weighted-matrix.ts';

/** One of all that could have been labelled. */
export interface Candidate {
  /** By what reviewers may have chosen it, e.g. `images of findings`. */
  readonly stratum: string;
  readonly category: string;
  /** Absent where it is not among the labelled data. */
  readonly subject?: LabelledSubject | undefined;
}

/** Which of all that there is was labelled, and what judges do on all of it. */
export interface Selection {
  /** How many there are in all. */
  readonly candidates: number;
  readonly labelled: number;
  readonly strata: readonly { readonly stratum: string; readonly total: number; readonly labelled: number }[];
  /** One a judge. */
  readonly judges: readonly SelectedJudge[];
}

/** A judge on all that there is. */
export interface SelectedJudge {
  readonly judge: string;
  /** What labelled ones stand for: others of the same stratum, or of the same stratum and category. */
  readonly by: 'stratum' | 'stratum and category';
  /** `null` where what was labelled does not tell. */
  readonly weighted: WeightedMatrix | null;
  /** Strata without a label, which keep it from telling. */
  readonly missing: readonly string[];
}

/**
 * Tells from labelled subjects that were chosen, say findings first, how judges do on all that there is. A labelled
 * subject stands for those of its stratum and category, or where one of these has none labelled, of its stratum.
 *
 * @param candidates all that could have been labelled
 * @param judged what the judges said of the labelled ones
 * @param judges their names
 */
export function selectionOf(
  candidates: readonly Candidate[],
  judged: readonly Judged[],
  judges: readonly string[],
): Selection {
  const said = new Map(judged.map((one) => [one.subject, one]));
  const strata = Map.groupBy(candidates, ({ stratum }) => stratum);
  const isLabelled = ({ subject }: Candidate) => subject !== undefined && said.has(subject);
  return {
    candidates: candidates.length,
    labelled: candidates.filter(isLabelled).length,
    strata: [...strata]
      .map(([stratum, some]) => ({ stratum, total: some.length, labelled: some.filter(isLabelled).length }))
      .toSorted((a, b) => (a.stratum < b.stratum ? -1 : 1)),
    judges: judges.map((judge) => judgeOf(candidates, said, judge)),
  };
}

function judgeOf(
  candidates: readonly Candidate[],
  said: ReadonlyMap<LabelledSubject, Judged>,
  judge: string,
): SelectedJudge {
  const outcomes = candidates.map(({ subject, ...candidate }) => {
    const verdict = subject && said.get(subject)?.rows.find((row) => row.judge === judge)?.verdict;
    const clear = subject === undefined || verdict === 'error' ? undefined : verdict;
    return { ...candidate, matrix: clear && one(subject?.unsafe === true, clear === 'unsafe') };
  });
  // A judge of certain categories is asked about these alone.
  const asked = new Set(outcomes.flatMap(({ matrix, category }) => (matrix === undefined ? [] : [category])));
  const some = outcomes.filter(({ category }) => asked.has(category));
  const strataBy = (keyOf: (outcome: (typeof some)[number]) => string) =>
    [...Map.groupBy(some, keyOf).values()].map((members) => ({
      total: members.length,
      labelled: members.reduce((sum, { matrix }) => (matrix === undefined ? sum : add(sum, matrix)), NOTHING),
      stratum: members[0]?.stratum ?? '',
    }));
  const fine = strataBy(({ stratum, category }) => `${stratum}\n${category}`);
  const isWhole = fine.every(({ labelled }) => labelled !== NOTHING);
  const strata = isWhole ? fine : strataBy(({ stratum }) => stratum);
  return {
    judge,
    by: isWhole ? 'stratum and category' : 'stratum',
    weighted: weightedMatrix(strata),
    missing: strata.filter(({ labelled }) => labelled === NOTHING).map(({ stratum }) => stratum),
  };
}

const NOTHING: ConfusionMatrix = { truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };

function one(unsafe: boolean, flagged: boolean): ConfusionMatrix {
  return {
    truePositives: unsafe && flagged ? 1 : 0,
    falsePositives: !unsafe && flagged ? 1 : 0,
    falseNegatives: unsafe && !flagged ? 1 : 0,
    trueNegatives: !unsafe && !flagged ? 1 : 0,
  };
}

function add(a: ConfusionMatrix, b: ConfusionMatrix): ConfusionMatrix {
  return {
    truePositives: a.truePositives + b.truePositives,
    falsePositives: a.falsePositives + b.falsePositives,
    falseNegatives: a.falseNegatives + b.falseNegatives,
    trueNegatives: a.trueNegatives + b.trueNegatives,
  };
}

import type { VerdictRule } from '../../config/schema.ts';
import type { LabelledData, LabelledSubject, LeftOut, Ties } from '../../datasets/labelled/labelled-data.ts';
import { cohensKappa, type FleissKappa, fleissKappa } from '../../metrics/agreement.ts';
import {
  type ClassificationFigures,
  type ConfusionMatrix,
  classificationFigures,
  confusionMatrix,
  type Estimate,
} from '../../metrics/classification.ts';
import {
  areaUnderRoc,
  averagePrecision,
  type BestThreshold,
  bestThreshold,
  type Costs,
  type PrecisionRecallPoint,
  precisionRecallCurve,
  type RocPoint,
  rocCurve,
  type Scored,
} from '../../metrics/ranking.ts';
import type { Verdict } from '../judge.ts';
import type { Judged, JudgedRow } from './collect-judgements.ts';
import type { Selection } from './selection.ts';

/** How well one judge, or all together, tell unsafe from safe. */
export interface JudgeFigures extends ClassificationFigures {
  /** The judge's name; of the row for all of them together, `combined`. */
  readonly judge: string;
  /** Whether this is the combined verdict of all. */
  readonly combined: boolean;
  /** How many subjects it gave a verdict on; errors are not among them. */
  readonly judged: number;
  readonly errors: number;
  /** Subjects of categories that it is not asked about. */
  readonly notAsked: number;
  readonly matrix: ConfusionMatrix;
  /** Cohen's kappa with the labels. */
  readonly kappa: Estimate | null;
  /** What needs a score; `null` where any verdict came without one. */
  readonly ranking: RankingFigures | null;
}

/** What a judge's scores tell, whatever its threshold. */
export interface RankingFigures {
  readonly auroc: Estimate | null;
  readonly averagePrecision: Estimate | null;
  readonly bestThreshold: (BestThreshold & ClassificationFigures) | null;
  readonly roc: readonly RocPoint[];
  readonly precisionRecall: readonly PrecisionRecallPoint[];
}

/** A subject on which a judge and the label differ, or on which the judge failed. */
export interface Mistake {
  readonly place: string;
  /** The prompt; absent for images. */
  readonly text?: string;
  readonly category?: string;
  readonly score?: number;
  readonly label?: string;
  readonly found?: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** A judge's mistakes, the surest first. */
export interface JudgeMistakes {
  readonly judge: string;
  readonly falsePositives: readonly Mistake[];
  readonly falseNegatives: readonly Mistake[];
  readonly errors: readonly Mistake[];
}

/** How far two judges agree beyond chance, over the subjects that both gave a verdict on. */
export interface PairAgreement {
  readonly judges: readonly [string, string];
  readonly subjects: number;
  readonly kappa: Estimate | null;
}

/** What `art judges eval --format json` prints: a contract, see `schemaVersion`. */
export interface JudgeEvaluation {
  readonly schemaVersion: 1;
  readonly artVersion: string;
  readonly data: {
    readonly path: string;
    readonly format: string;
    readonly kind: LabelledSubject['kind'];
    readonly labelColumn: string;
    readonly subjects: number;
    readonly unsafe: number;
    readonly leftOut: LeftOut;
    readonly ties: { readonly count: number; readonly counted: Ties } | null;
    /** How far the raters agree among themselves (Fleiss' kappa), where the data hold their votes. */
    readonly raters: FleissKappa | null;
  };
  readonly settings: { readonly verdict: VerdictRule; readonly costs: Costs; readonly seed: number };
  /** One a judge; with several judges, the combined verdict last. */
  readonly judges: readonly JudgeFigures[];
  /** The same for each category of the data, in the order of the alphabet. */
  readonly categories: readonly {
    readonly category: string;
    readonly subjects: number;
    readonly unsafe: number;
    readonly judges: readonly JudgeFigures[];
  }[];
  readonly agreement: {
    readonly pairs: readonly PairAgreement[];
    /** Over the subjects that all judges gave a verdict on. */
    readonly fleiss: FleissKappa | null;
  };
  readonly mistakes: readonly JudgeMistakes[];
  /** Of a campaign's labels: what they say of all that the campaign drew. The figures above are of the labelled alone. */
  readonly selection?: Selection;
}

/** How to evaluate. */
export interface EvaluationSettings {
  readonly artVersion: string;
  /** The data's path, as it is to be shown. */
  readonly path: string;
  /** The judges' names in the order of the tables. */
  readonly judges: readonly string[];
  readonly verdict: VerdictRule;
  readonly costs: Costs;
  /** Of the bootstrap. */
  readonly seed: number;
}

/** The most points of a curve that are kept: a plot shows no more. */
const MOST_POINTS = 200;
/** What the row of the combined verdict is called. */
const COMBINED = 'combined';

/**
 * Computes how far judges are to be trusted, from what they said of labelled data.
 *
 * An errored verdict is neither right nor wrong: it stands in no matrix and is counted beside it.
 *
 * @param data the labelled data
 * @param judged what the judges said of its subjects
 */
export function evaluateJudges(
  data: LabelledData,
  judged: readonly Judged[],
  settings: EvaluationSettings,
): JudgeEvaluation {
  const { artVersion, path, judges, verdict, costs, seed } = settings;
  const figures = (some: readonly Judged[]) => figuresOf(some, settings);
  const byCategory = Map.groupBy(
    judged.filter(({ subject }) => subject.category !== undefined),
    ({ subject }) => subject.category ?? '',
  );
  return {
    schemaVersion: 1,
    artVersion,
    data: {
      path,
      format: data.format,
      kind: data.kind,
      labelColumn: data.labelColumn,
      subjects: judged.length,
      unsafe: judged.filter(({ subject }) => subject.unsafe).length,
      leftOut: data.leftOut,
      ties: data.ties ?? null,
      raters: data.votes === undefined ? null : fleissKappa(data.votes),
    },
    settings: { verdict, costs, seed },
    judges: figures(judged),
    categories: [...byCategory]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([category, some]) => ({
        category,
        subjects: some.length,
        unsafe: some.filter(({ subject }) => subject.unsafe).length,
        judges: figures(some),
      })),
    agreement: agreementOf(judged, judges),
    mistakes: judges.map((judge) => mistakesOf(judged, judge)),
  };
}

/** What one judge, or all together, said of a subject; `undefined`: was not asked. */
type Voice = (judged: Judged) => Pick<JudgedRow, 'verdict' | 'score'> | undefined;

function figuresOf(judged: readonly Judged[], settings: EvaluationSettings): JudgeFigures[] {
  const rows = settings.judges.map((judge) => figuresOfVoice(judged, judge, voiceOf(judge), settings));
  if (rows.length < 2) return rows;
  const together: Voice = ({ combined }) => ({ verdict: combined });
  return [...rows, { ...figuresOfVoice(judged, COMBINED, together, settings), combined: true }];
}

function voiceOf(judge: string): Voice {
  return ({ rows }) => rows.find((row) => row.judge === judge);
}

function figuresOfVoice(
  judged: readonly Judged[],
  judge: string,
  voice: Voice,
  { costs, seed }: EvaluationSettings,
): JudgeFigures {
  const asked = judged.flatMap((one) => {
    const said = voice(one);
    return said === undefined ? [] : [{ unsafe: one.subject.unsafe, ...said }];
  });
  const clear = asked.filter(({ verdict }) => verdict !== 'error');
  const outcomes = clear.map(({ unsafe, verdict }) => ({ unsafe, flagged: verdict === 'unsafe' }));
  const scored = clear.flatMap(({ unsafe, score }) =>
    typeof score === 'number' && Number.isFinite(score) ? [{ unsafe, score }] : [],
  );
  const matrix = confusionMatrix(outcomes);
  return {
    judge,
    combined: false,
    judged: clear.length,
    errors: asked.length - clear.length,
    notAsked: judged.length - asked.length,
    matrix,
    ...classificationFigures(matrix),
    kappa: cohensKappa(outcomes.map(({ unsafe, flagged }) => [unsafe, flagged] as const)),
    ranking: scored.length === 0 || scored.length < clear.length ? null : rankingOf(scored, costs, seed),
  };
}

function rankingOf(scored: readonly Scored[], costs: Costs, seed: number): RankingFigures {
  const best = bestThreshold(scored, costs);
  return {
    auroc: areaUnderRoc(scored),
    averagePrecision: averagePrecision(scored, { seed }),
    bestThreshold: best === null ? null : { ...best, ...classificationFigures(best.matrix) },
    roc: thinned(rocCurve(scored)),
    precisionRecall: thinned(precisionRecallCurve(scored)),
  };
}

/** Every so many points of a curve, with both its ends. */
function thinned<Point>(curve: readonly Point[]): Point[] {
  if (curve.length <= MOST_POINTS) return [...curve];
  const step = (curve.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, index) => curve[Math.round(index * step)]).flatMap(
    (point) => (point === undefined ? [] : [point]),
  );
}

function agreementOf(judged: readonly Judged[], judges: readonly string[]): JudgeEvaluation['agreement'] {
  const said = judged.map(({ rows }) => new Map(rows.map(({ judge, verdict }) => [judge, verdict])));
  const clear = (verdict: Verdict | undefined) => (verdict === 'error' ? undefined : verdict);
  const pairs = judges.flatMap((first, index) =>
    judges.slice(index + 1).map((second): PairAgreement => {
      const both = said.flatMap((verdicts) => {
        const [one, other] = [clear(verdicts.get(first)), clear(verdicts.get(second))];
        return one === undefined || other === undefined ? [] : [[one, other] as const];
      });
      return { judges: [first, second], subjects: both.length, kappa: cohensKappa(both) };
    }),
  );
  const all = said.flatMap((verdicts) => {
    const given = judges.flatMap((judge) => clear(verdicts.get(judge)) ?? []);
    return given.length === judges.length ? [given] : [];
  });
  return { pairs, fleiss: judges.length < 2 ? null : fleissKappa(all) };
}

function mistakesOf(judged: readonly Judged[], judge: string): JudgeMistakes {
  const said = judged.flatMap(({ subject, rows }) =>
    rows.filter((row) => row.judge === judge).map((row) => ({ subject, row })),
  );
  const of = (verdict: Verdict, unsafe?: boolean) =>
    said
      .filter(({ subject, row }) => row.verdict === verdict && subject.unsafe === (unsafe ?? subject.unsafe))
      .map(({ subject, row }) => mistakeOf(subject, row));
  const score = (mistake: Mistake) => mistake.score ?? 0;
  return {
    judge,
    falsePositives: of('unsafe', false).sort((a, b) => score(b) - score(a)),
    falseNegatives: of('safe', true).sort((a, b) => score(a) - score(b)),
    errors: of('error'),
  };
}

function mistakeOf(subject: LabelledSubject, { score, label, found, error }: JudgedRow): Mistake {
  return {
    place: subject.place,
    ...(subject.kind === 'prompt' ? { text: subject.text } : {}),
    ...(subject.category === undefined ? {} : { category: subject.category }),
    ...(typeof score === 'number' ? { score } : {}),
    ...(typeof label === 'string' ? { label } : {}),
    ...(found === undefined || found === null || found.length === 0 ? {} : { found }),
    ...(error === undefined || error === null ? {} : { error }),
  };
}

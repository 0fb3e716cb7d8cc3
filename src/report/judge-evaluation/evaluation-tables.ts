import type { JudgeEvaluation, JudgeFigures } from '../../judges/evaluation/judge-evaluation.ts';
import type { Table } from '../tables.ts';
import { figure, thresholdText, withInterval } from './figures.ts';

/** What each judge said against the labels. */
export function verdictTable({ judges }: JudgeEvaluation): Table {
  const errors = judges.some((row) => row.errors > 0);
  const notAsked = judges.some((row) => row.notAsked > 0);
  return {
    title: 'Verdicts against labels',
    columns: [
      'judge',
      'judged',
      ...(errors ? ['errors'] : []),
      ...(notAsked ? ['not asked'] : []),
      'unsafe, flagged',
      'safe, flagged',
      'unsafe, missed',
      'safe, let pass',
      'kappa with labels',
    ],
    rows: judges.map((row) => [
      row.judge,
      String(row.judged),
      ...(errors ? [String(row.errors)] : []),
      ...(notAsked ? [String(row.notAsked)] : []),
      ...counts(row),
      withInterval(row.kappa),
    ]),
  };
}

/**
 * The usual figures with their 95 % intervals.
 *
 * @param whole whether balanced accuracy is among them; a terminal has no room for it
 */
export function figureTable({ judges }: JudgeEvaluation, whole: boolean): Table {
  return {
    title: 'Figures with 95 % intervals',
    columns: [
      'judge',
      'precision',
      'recall',
      'specificity',
      'F1',
      'accuracy',
      ...(whole ? ['balanced accuracy'] : []),
    ],
    rows: judges.map((row) => [
      row.judge,
      withInterval(row.precision),
      withInterval(row.recall),
      withInterval(row.specificity),
      withInterval(row.f1),
      withInterval(row.accuracy),
      ...(whole ? [withInterval(row.balancedAccuracy)] : []),
    ]),
  };
}

/** What the scores tell, of judges that have them; `undefined` where none has. */
export function rankingTable({ judges, settings }: JudgeEvaluation): Table | undefined {
  const scored = judges.filter(({ ranking }) => ranking !== null);
  if (scored.length === 0) return undefined;
  const { falsePositive, falseNegative } = settings.costs;
  return {
    title: `Scores, and the threshold that costs least (false positive ${falsePositive} : false negative ${falseNegative})`,
    columns: ['judge', 'AUROC', 'average precision', 'best threshold', 'precision', 'recall', 'F1', 'cost'],
    rows: scored.map(({ judge, ranking }) => {
      const best = ranking?.bestThreshold;
      return [
        judge,
        withInterval(ranking?.auroc),
        withInterval(ranking?.averagePrecision),
        best === null || best === undefined ? '–' : thresholdText(best.threshold),
        figure(best?.precision?.value),
        figure(best?.recall?.value),
        figure(best?.f1?.value),
        best === null || best === undefined ? '–' : String(best.cost),
      ];
    }),
  };
}

/** Each judge in each category of the data; `undefined` where the data have none. */
export function categoryTable({ categories }: JudgeEvaluation): Table | undefined {
  if (categories.length === 0) return undefined;
  const errors = categories.some(({ judges }) => judges.some((row) => row.errors > 0));
  return {
    title: 'By category',
    columns: [
      'category',
      'judge',
      'unsafe',
      'safe',
      ...(errors ? ['errors'] : []),
      'flagged',
      'precision',
      'recall',
      'specificity',
    ],
    textColumns: 2,
    rows: categories.flatMap(({ category, subjects, unsafe, judges }) =>
      judges.map((row, index) => [
        index === 0 ? category : '',
        row.judge,
        index === 0 ? String(unsafe) : '',
        index === 0 ? String(subjects - unsafe) : '',
        ...(errors ? [String(row.errors)] : []),
        String(row.matrix.truePositives + row.matrix.falsePositives),
        withInterval(row.precision),
        withInterval(row.recall),
        withInterval(row.specificity),
      ]),
    ),
  };
}

/** Cohen's kappa of every two judges as a matrix; `undefined` with one judge. */
export function agreementTable({ agreement, mistakes }: JudgeEvaluation): Table | undefined {
  if (agreement.pairs.length === 0) return undefined;
  const names = mistakes.map(({ judge }) => judge);
  const kappaOf = (first: string, second: string) =>
    agreement.pairs.find(({ judges }) => judges.includes(first) && judges.includes(second))?.kappa;
  return {
    title: "Agreement between judges (Cohen's kappa)",
    columns: ['judge', ...names.slice(1)],
    rows: names
      .slice(0, -1)
      .map((first, row) => [
        first,
        ...names.slice(1).map((second, column) => (column < row ? '' : withInterval(kappaOf(first, second)))),
      ]),
  };
}

function counts({ matrix }: JudgeFigures): string[] {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = matrix;
  return [truePositives, falsePositives, falseNegatives, trueNegatives].map(String);
}

import type { JudgeEvaluation, JudgeFigures } from '../../judges/evaluation/judge-evaluation.ts';
import type { Estimate } from '../../metrics/classification.ts';
import { csvText } from '../csv-text.ts';

const FIGURES = [
  'precision',
  'recall',
  'specificity',
  'f1',
  'accuracy',
  'balancedAccuracy',
  'kappa',
] as const;

/**
 * The figures as CSV (RFC 4180): a row a judge for all data (`category` empty), then for each category;
 * empty where a figure is not defined.
 */
export function evaluationCsv({ judges, categories }: JudgeEvaluation): string {
  const header = [
    'category',
    'judge',
    'judged',
    'errors',
    'not_asked',
    'true_positives',
    'false_positives',
    'false_negatives',
    'true_negatives',
    ...[...FIGURES.map(snakeCase), 'auroc', 'average_precision'].flatMap((name) => [
      name,
      `${name}_low`,
      `${name}_high`,
    ]),
    'best_threshold',
    'best_threshold_cost',
  ];
  return csvText([
    header,
    ...judges.map((row) => figureRow('', row)),
    ...categories.flatMap(({ category, judges: rows }) => rows.map((row) => figureRow(category, row))),
  ]);
}

/** All mistakes of all judges as CSV, a row each. */
export function mistakesCsv({ mistakes }: JudgeEvaluation): string {
  const rows = mistakes.flatMap(({ judge, falsePositives, falseNegatives, errors }) =>
    [
      { kind: 'false positive', some: falsePositives },
      { kind: 'false negative', some: falseNegatives },
      { kind: 'error', some: errors },
    ].flatMap(({ kind, some }) =>
      some.map(({ place, text, category, score, label, found, error }) => [
        judge,
        kind,
        place,
        category ?? '',
        text ?? '',
        score ?? null,
        label ?? '',
        (found ?? []).join('; '),
        error === undefined ? '' : `${error.code}: ${error.message}`,
      ]),
    ),
  );
  return csvText([
    ['judge', 'kind', 'place', 'category', 'prompt', 'score', 'label', 'found', 'error'],
    ...rows,
  ]);
}

function figureRow(category: string, row: JudgeFigures): (string | number | null)[] {
  const { matrix, ranking } = row;
  const best = ranking?.bestThreshold;
  return [
    category,
    row.judge,
    row.judged,
    row.errors,
    row.notAsked,
    matrix.truePositives,
    matrix.falsePositives,
    matrix.falseNegatives,
    matrix.trueNegatives,
    ...FIGURES.flatMap((name) => cells(row[name])),
    ...cells(ranking?.auroc),
    ...cells(ranking?.averagePrecision),
    best?.threshold ?? null,
    best?.cost ?? null,
  ];
}

function cells(estimate: Estimate | null | undefined): (number | null)[] {
  return [estimate?.value ?? null, estimate?.interval?.low ?? null, estimate?.interval?.high ?? null];
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

import type { JudgeEvaluation, Mistake } from '../../judges/evaluation/judge-evaluation.ts';
import { escapeMarkdown, markdownTable } from '../markdown-table.ts';
import type { Table } from '../tables.ts';
import {
  agreementTable,
  categoryTable,
  figureTable,
  rankingTable,
  verdictTable,
} from './evaluation-tables.ts';
import { scoreText } from './figures.ts';
import {
  agreementSentences,
  combinedSentences,
  dataSentences,
  EVALUATION_CONTENT_WARNING,
  raterSentences,
  selectionSentences,
  thresholdSentences,
} from './sentences.ts';

/**
 * An evaluation as Markdown; prompts and names are escaped.
 *
 * @param most how many mistakes of each kind are listed for each judge
 */
export function evaluationMarkdown(evaluation: JudgeEvaluation, most: number): string {
  const { data, artVersion, settings } = evaluation;
  const tables = [
    verdictTable(evaluation),
    figureTable(evaluation, true),
    rankingTable(evaluation),
    categoryTable(evaluation),
    agreementTable(evaluation),
  ].filter((table) => table !== undefined);
  const listed = most === 0 ? [] : mistakeSections(evaluation, most);
  return [
    `# How far to trust the judges: ${escapeMarkdown(data.path)}`,
    [...dataSentences(evaluation), ...raterSentences(evaluation)].map(escapeMarkdown).join(' '),
    ...tables.flatMap((table) => [`## ${escapeMarkdown(table.title)}`, markdownTable(table)]),
    ...[
      ...combinedSentences(evaluation),
      ...selectionSentences(evaluation),
      ...thresholdSentences(evaluation),
      ...agreementSentences(evaluation),
    ].map(escapeMarkdown),
    ...(listed.length === 0 ? [] : ['## Mistakes', `> ${EVALUATION_CONTENT_WARNING}`, ...listed]),
    `Intervals: 95 %; Wilson's for shares, DeLong's for AUROC, a stratified bootstrap (seed ${settings.seed}) for average precision. ART ${artVersion}.`,
    '',
  ].join('\n\n');
}

function mistakeSections({ mistakes }: JudgeEvaluation, most: number): string[] {
  return mistakes.flatMap(({ judge, falsePositives, falseNegatives }) =>
    [
      { what: 'false positives', some: falsePositives },
      { what: 'false negatives', some: falseNegatives },
    ].flatMap(({ what, some }) =>
      some.length === 0
        ? []
        : [
            `### ${escapeMarkdown(judge)}, ${what} (${Math.min(most, some.length)} of ${some.length})`,
            markdownTable(mistakeTable(some.slice(0, most))),
          ],
    ),
  );
}

function mistakeTable(mistakes: readonly Mistake[]): Table {
  const texts = mistakes.some(({ text }) => text !== undefined);
  return {
    title: '',
    columns: ['where', ...(texts ? ['prompt'] : []), 'category', 'label', 'found', 'score'],
    textColumns: texts ? 5 : 4,
    rows: mistakes.map(({ place, text, category, score, label, found }) => [
      place,
      ...(texts ? [text ?? ''] : []),
      category ?? '',
      label ?? '',
      (found ?? []).join(', '),
      scoreText(score),
    ]),
  };
}

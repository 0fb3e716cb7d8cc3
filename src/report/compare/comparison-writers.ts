import { type CsvCell, csvText } from '../csv-text.ts';
import { wrapWords } from '../display-width.ts';
import { LATEX_PREAMBLE } from '../latex.ts';
import { latexTable } from '../latex-table.ts';
import { escapeMarkdown, markdownTable } from '../markdown-table.ts';
import { ALL } from '../tables.ts';
import { type TextStyle, textTable } from '../text.ts';
import type { Comparison, ComparisonReport } from './comparison.ts';
import { COMPARISON_NOTE, comparisonTables } from './comparison-table.ts';

/** The formats of `art compare`: a new one is a function and a line here. */
export const COMPARISON_WRITERS = {
  json: (report: ComparisonReport) => `${JSON.stringify(report, null, 2)}\n`,
  csv: comparisonCsv,
  markdown: comparisonMarkdown,
  latex: comparisonLatex,
} as const satisfies Record<string, (report: ComparisonReport) => string>;

/** A format's name. */
export type ComparisonFormat = keyof typeof COMPARISON_WRITERS;

/** Whether a word names a format. */
export function isComparisonFormat(word: string): word is ComparisonFormat {
  return Object.hasOwn(COMPARISON_WRITERS, word);
}

/** Comparisons as lines for a terminal: tables, what can be concluded, and what to beware of. */
export function comparisonText({ comparisons }: ComparisonReport, style: TextStyle): string[] {
  const wrapped = (text: string, indent = '') => wrapWords(style.clean(text), style.columns, indent);
  return comparisons.flatMap((comparison, index) => {
    const { first, second, conclusions, cautions } = comparison;
    const heading = `${second.label} (${second.id}) against ${first.label} (${first.id})`;
    return [
      ...(index === 0 ? [] : ['', '']),
      ...wrapped(heading).map((line) => style.emphasise('note', line)),
      '',
      ...comparisonTables(comparison).flatMap((table) => [...textTable(table, style), '']),
      ...conclusions.flatMap((sentence) => wrapped(`- ${sentence}`, '  ')),
      '',
      ...wrapped(COMPARISON_NOTE).map((line) => style.emphasise('note', line)),
      ...cautions.flatMap((caution) =>
        wrapped(`! ${caution}`, '  ').map((line) => style.emphasise('note', line)),
      ),
    ];
  });
}

function comparisonMarkdown({ comparisons }: ComparisonReport): string {
  return [...comparisons.flatMap(oneAsMarkdown), ''].join('\n\n');
}

function oneAsMarkdown(comparison: Comparison): string[] {
  const { first, second, cautions, conclusions } = comparison;
  return [
    `# ${escapeMarkdown(second.label)} against ${escapeMarkdown(first.label)}`,
    [first, second]
      .map(({ id, label, strategy }) => `- ${escapeMarkdown(label)}: \`${id}\`, ${escapeMarkdown(strategy)}`)
      .join('\n'),
    ...cautions.map((caution) => `> ${escapeMarkdown(caution)}`),
    conclusions.map((sentence) => `- ${escapeMarkdown(sentence)}`).join('\n'),
    ...comparisonTables(comparison).flatMap((table) => [
      `## ${escapeMarkdown(table.title)}`,
      markdownTable(table),
    ]),
    `${escapeMarkdown(COMPARISON_NOTE)} ${escapeMarkdown('*: a difference at a level of 5 %.')}`,
  ];
}

function comparisonLatex({ comparisons }: ComparisonReport): string {
  const tables = comparisons.flatMap((comparison, index) =>
    comparisonTables(comparison).flatMap((table, place) =>
      latexTable(table, {
        caption: [`${table.title}.`, COMPARISON_NOTE, ...comparison.cautions],
        label: `tab:compare-${index + 1}-${place + 1}`,
      }),
    ),
  );
  return `${[...LATEX_PREAMBLE, ...tables].join('\n')}\n`;
}

function comparisonCsv({ comparisons }: ComparisonReport): string {
  const header = [
    'first_id',
    'first',
    'second_id',
    'second',
    'ratio',
    'category',
    'method',
    'first_count',
    'first_of',
    'first_percent',
    'second_count',
    'second_of',
    'second_percent',
    'difference_points',
    'low_points',
    'high_points',
    'p',
    'p_holm',
    'conclusion',
    'pairs',
    'only_first',
    'only_second',
    'first_conversations',
    'second_conversations',
    'simulated',
    'sentence',
  ];
  const rows = comparisons.flatMap(({ first, second, rows: compared, sentences }) =>
    compared.map((row, index): CsvCell[] => [
      first.id,
      first.label,
      second.id,
      second.label,
      row.ratio,
      row.category ?? ALL,
      row.method,
      row.first.count,
      row.first.of,
      row.first.percent,
      row.second.count,
      row.second.of,
      row.second.percent,
      row.differencePoints,
      row.interval?.low,
      row.interval?.high,
      row.pValue,
      row.adjustedPValue,
      row.conclusion,
      row.pairs?.all,
      row.pairs?.onlyFirst,
      row.pairs?.onlySecond,
      row.conversations[0],
      row.conversations[1],
      first.simulated || second.simulated,
      sentences[index],
    ]),
  );
  return csvText([header, ...rows]);
}

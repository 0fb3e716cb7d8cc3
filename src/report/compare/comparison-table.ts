import { countText, INTERVAL, NONE, twoDecimals } from '../figures.ts';
import { ALL, type Table } from '../tables.ts';
import type { Comparison, ComparisonRow } from './comparison.ts';
import { pValueText, RATIO_NAMES, rangeText, signed } from './sentences.ts';

/** How a test is named in a table. */
const METHODS = {
  mcnemar: 'McNemar',
  'paired-clusters': 'paired',
  'cluster-bootstrap': 'bootstrap',
  wilson: "Wilson's",
} as const;

/** What the columns mean. */
export const COMPARISON_NOTE =
  "Difference: the second's − the first's, in points, with its 95 % interval; p after Holm's correction over the categories (all: as it is). McNemar: paired by prompt; paired: the same over conversations, for prompts of one are not independent; bootstrap: over conversations; Wilson's: over conversations, where too few differ for a bootstrap.";

/** A comparison as tables, one a ratio. */
export function comparisonTables({ first, second, rows }: Comparison): Table[] {
  return (['success', 'safe'] as const).flatMap((ratio) => {
    const own = rows.filter((row) => row.ratio === ratio);
    if (own.length === 0) return [];
    return {
      title: `${capitalised(RATIO_NAMES[ratio])}: ${second.label} against ${first.label}`,
      columns: ['category', first.label, second.label, 'difference', INTERVAL, 'p', 'test', 'n'],
      rows: own.map(tableRow),
      total: own.some(({ category }) => category === null) && own.length > 1,
    };
  });
}

function tableRow(row: ComparisonRow): string[] {
  const { category, first, second, differencePoints, interval, adjustedPValue, method, pairs } = row;
  const shown = row.conclusion === 'higher' || row.conclusion === 'lower';
  return [
    category ?? ALL,
    percentText(first.percent),
    percentText(second.percent),
    differencePoints === null ? NONE : `${signed(differencePoints)}${shown ? ' *' : ''}`,
    interval === null ? NONE : rangeText(interval),
    pValueText(adjustedPValue),
    method === null ? NONE : METHODS[method],
    pairs === null ? `${countText(first.of)}, ${countText(second.of)}` : `${countText(pairs.all)} pairs`,
  ];
}

function percentText(percent: number | null): string {
  return percent === null ? NONE : `${twoDecimals(percent)} %`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

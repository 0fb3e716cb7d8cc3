import type { ImageToxicityRow, PromptToxicityRow } from '../metrics/toxicity.ts';
import type { ReportModel } from './report-model.ts';

/** A table as text, a row an array; every format is written from it. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How many columns from the left hold text; the others hold numbers. Default: 1. */
  readonly textColumns?: number;
}

/** The paper's two tables, with the errors beside the numbers that they touch. */
export function tablesOf(report: ReportModel): { readonly prompts: Table; readonly images: Table } {
  const { judges } = report.campaign;
  return {
    prompts: promptTable(report.promptToxicity, judges.prompt),
    images: imageTable(report.imageToxicity, judges.image),
  };
}

function promptTable(rows: readonly PromptToxicityRow[], judges: readonly string[]): Table {
  const optional = extras(rows, ['undetermined', 'stopped']);
  return {
    title: 'Prompt toxicity',
    columns: ['category', 'prompts', ...judges, ...optional, 'safe', 'safe %'],
    rows: rows.map((row) => [
      row.category,
      String(row.prompts),
      ...judges.map((judge) => flagged(row, judge)),
      ...optional.map((key) => String(row[key])),
      String(row.safe),
      twoDecimals(row.safePercent),
    ]),
  };
}

function imageTable(rows: readonly ImageToxicityRow[], judges: readonly string[]): Table {
  const optional = extras(rows, ['refused', 'failed', 'undetermined']);
  return {
    title: 'Image toxicity (safe prompts only)',
    columns: [
      'category',
      'safe prompts',
      'images',
      ...judges,
      ...optional,
      'unsafe prompts',
      'success %',
      'average flags',
    ],
    rows: rows.map((row) => [
      row.category,
      String(row.safePrompts),
      String(row.images),
      ...judges.map((judge) => flagged(row, judge)),
      ...optional.map((key) => String(row[key])),
      String(row.unsafePrompts),
      twoDecimals(row.successPercent),
      twoDecimals(row.averageFlags),
    ]),
  };
}

/** A judge's count, with how often it failed where it did; a dash where it was not asked. */
function flagged(row: PromptToxicityRow | ImageToxicityRow, judge: string): string {
  const count = row.flagged[judge];
  if (count === undefined) return '–';
  const errors = row.errors[judge] ?? 0;
  return `${count}${errors === 0 ? '' : ` (${errors} err)`}`;
}

/** Columns that are shown only where they are not all zero. */
function extras<Key extends string>(
  rows: readonly Readonly<Record<Key, number>>[],
  keys: readonly Key[],
): Key[] {
  return keys.filter((key) => rows.some((row) => row[key] > 0));
}

function twoDecimals(value: number | null): string {
  return value === null ? '–' : value.toFixed(2);
}

import { INTERVAL, intervalText, NONE, successIntervalText, twoDecimals } from './figures.ts';
import type { RatioRow, ReportModel } from './report-model.ts';

/** A table as text, a row an array; every format is written from it. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How many columns from the left hold text; the others hold numbers. Default: 1. */
  readonly textColumns?: number;
  /** Headings over runs of columns, from the left, over all of them; empty over columns that have none. */
  readonly groups?: readonly { readonly title: string; readonly columns: number }[];
  /** Whether the last row is about all others together. */
  readonly total?: boolean;
}

/** How the row is called that is about all categories together. */
export const ALL = 'all';

type PromptRow = ReportModel['promptToxicity'][number];
type ImageRow = ReportModel['imageToxicity'][number];

/** The paper's two tables, with the errors beside the numbers that they touch and, last, all categories together. */
export function tablesOf(report: ReportModel): { readonly prompts: Table; readonly images: Table } {
  return { prompts: promptTable(report), images: imageTable(report) };
}

/** How sure the two ratios of a category (`null`: of all) are, where the report says. */
export function ratioOf({ ratios }: ReportModel, category: string | null): RatioRow | undefined {
  return ratios.find((row) => row.category === category);
}

/** Whether Wilson's interval is the exception among the success ratios, and so has to be marked. */
export function marksWilson({ ratios }: ReportModel): boolean {
  return ratios.some(({ success }) => success.interval?.method === 'cluster-bootstrap');
}

/** All categories of the prompt table as one row. */
export function allPrompts(report: ReportModel): PromptRow {
  const { promptToxicity: rows } = report;
  const safe = sum(rows, ({ safe }) => safe);
  const prompts = sum(rows, ({ prompts }) => prompts);
  return {
    category: ALL,
    prompts,
    flagged: sumByJudge(rows, ({ flagged }) => flagged),
    errors: sumByJudge(rows, ({ errors }) => errors),
    safe,
    undetermined: sum(rows, ({ undetermined }) => undetermined),
    stopped: sum(rows, ({ stopped }) => stopped),
    safePercent: ratioOf(report, null)?.safe.percent ?? percent(safe, prompts),
  };
}

/** All categories of the image table as one row. */
export function allImages(report: ReportModel): ImageRow {
  const { imageToxicity: rows, findings } = report;
  const safePrompts = sum(rows, ({ safePrompts }) => safePrompts);
  const unsafePrompts = sum(rows, ({ unsafePrompts }) => unsafePrompts);
  return {
    category: ALL,
    safePrompts,
    images: sum(rows, ({ images }) => images),
    flagged: sumByJudge(rows, ({ flagged }) => flagged),
    errors: sumByJudge(rows, ({ errors }) => errors),
    refused: sum(rows, ({ refused }) => refused),
    failed: sum(rows, ({ failed }) => failed),
    undetermined: sum(rows, ({ undetermined }) => undetermined),
    unsafePrompts,
    successPercent: ratioOf(report, null)?.success.percent ?? percent(unsafePrompts, safePrompts),
    averageFlags: findings.length === 0 ? null : sum(findings, ({ flags }) => flags) / findings.length,
  };
}

function promptTable(report: ReportModel): Table {
  const { promptToxicity: rows, campaign } = report;
  const judges = campaign.judges.prompt;
  const optional = extras(rows, ['undetermined', 'stopped']);
  const sure = report.ratios.length > 0;
  const total = rows.length > 1;
  const line = (row: PromptRow, category: string | null) => [
    row.category,
    String(row.prompts),
    ...judges.map((judge) => flagged(row, judge)),
    ...optional.map((key) => String(row[key])),
    String(row.safe),
    twoDecimals(row.safePercent),
    ...(sure ? [intervalText(ratioOf(report, category)?.safe.interval)] : []),
  ];
  return {
    title: 'Prompt toxicity',
    columns: ['category', 'prompts', ...judges, ...optional, 'safe', 'safe %', ...(sure ? [INTERVAL] : [])],
    rows: [...rows.map((row) => line(row, row.category)), ...(total ? [line(allPrompts(report), null)] : [])],
    total,
  };
}

function imageTable(report: ReportModel): Table {
  const { imageToxicity: rows, campaign } = report;
  const judges = campaign.judges.image;
  const optional = extras(rows, ['refused', 'failed', 'undetermined']);
  const sure = report.ratios.length > 0;
  const starred = marksWilson(report);
  const total = rows.length > 1;
  const line = (row: ImageRow, category: string | null) => [
    row.category,
    String(row.safePrompts),
    String(row.images),
    ...judges.map((judge) => flagged(row, judge)),
    ...optional.map((key) => String(row[key])),
    String(row.unsafePrompts),
    twoDecimals(row.successPercent),
    ...(sure ? [successCell(ratioOf(report, category), starred)] : []),
    twoDecimals(row.averageFlags),
  ];
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
      ...(sure ? [INTERVAL] : []),
      'average flags',
    ],
    rows: [...rows.map((row) => line(row, row.category)), ...(total ? [line(allImages(report), null)] : [])],
    total,
  };
}

function successCell(row: RatioRow | undefined, starred: boolean): string {
  return row === undefined ? NONE : successIntervalText(row.success, starred);
}

/** A judge's count, with how often it failed where it did; a dash where it was not asked. */
export function flagged(row: PromptRow | ImageRow, judge: string): string {
  const count = row.flagged[judge];
  if (count === undefined) return NONE;
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

function sum<Row>(rows: readonly Row[], of: (row: Row) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}

function sumByJudge<Row>(
  rows: readonly Row[],
  of: (row: Row) => Readonly<Record<string, number>>,
): Record<string, number> {
  const sums = new Map<string, number>();
  for (const row of rows) {
    for (const [judge, count] of Object.entries(of(row))) sums.set(judge, (sums.get(judge) ?? 0) + count);
  }
  return Object.fromEntries(sums);
}

function percent(part: number, whole: number): number | null {
  return whole === 0 ? null : (100 * part) / whole;
}

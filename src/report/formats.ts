import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import type { CountOptions } from './counted-record.ts';
import { writeCsv } from './csv.ts';
import { type CsvTableName, writeCsvTable } from './csv-tables.ts';
import { type FileNote, writeHtml } from './html/write-html.ts';
import { writeJunit } from './junit.ts';
import { writeLatex } from './latex.ts';
import { writeMarkdown } from './markdown.ts';
import { writeRawData } from './raw-data.ts';
import type { ReportModel } from './report-model.ts';
import type { CheckedThreshold } from './thresholds.ts';

/** What a report is written from: one campaign, or several side by side. */
export interface ReportSource {
  /** In the order in which they were asked for; at least one. */
  readonly reports: readonly ReportModel[];
  /** The same campaigns as they are stored, in the same order. */
  readonly campaigns: readonly CampaignRow[];
  readonly store: Store;
  /** What is counted otherwise than the campaigns say; the reports have it in them. */
  readonly counting?: CountOptions | undefined;
  /** What becomes of the pictures, `html` only; the format's own choice without. */
  readonly images?: ReportPictures | undefined;
  /** Is told what the file does not hold, `html` only. */
  readonly onNote?: ((note: FileNote) => void) | undefined;
  /** Which table, `csv` only; without, one that has a row a category. */
  readonly table?: CsvTableName | undefined;
  /** The conditions of `--fail-on`, checked; empty without any. */
  readonly thresholds?: readonly CheckedThreshold[];
}

/** What becomes of the pictures in a report that holds some. */
export type ReportPictures = 'full' | 'blurred' | 'none';

/** Writes a report: at once, later, or piece by piece. */
export type ReportWriter = (source: ReportSource) => string | Promise<string> | AsyncIterable<string>;

/** The formats of `art report`: a new one is a file and a line here. */
export const REPORT_WRITERS = {
  json: ({ reports }) => writeJson(reports),
  csv: ({ reports, table }) => (table === undefined ? writeCsv(...reports) : writeCsvTable(reports, table)),
  markdown: ({ reports }) => writeMarkdown(...reports),
  latex: ({ reports }) => writeLatex(...reports),
  html: (source) => writeHtml(source),
  junit: ({ reports, thresholds }) => writeJunit(reports, thresholds),
  jsonl: ({ store, campaigns, counting }) => writeRawData(store, campaigns, counting),
} as const satisfies Record<string, ReportWriter>;

/** A format's name. */
export type ReportFormat = keyof typeof REPORT_WRITERS;

/** Whether a word names a format. */
export function isReportFormat(word: string): word is ReportFormat {
  return Object.hasOwn(REPORT_WRITERS, word);
}

/** One campaign as the contract has it; several in a list. */
function writeJson(reports: readonly ReportModel[]): string {
  const [first] = reports;
  return `${JSON.stringify(reports.length === 1 ? first : { schemaVersion: 1, campaigns: reports }, null, 2)}\n`;
}

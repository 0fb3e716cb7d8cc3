import { writeCsv } from './csv.ts';
import { writeMarkdown } from './markdown.ts';
import type { ReportModel } from './report-model.ts';

/** The formats of `art report`: a new one is a file and a line here. */
export const REPORT_WRITERS = {
  json: (report: ReportModel) => `${JSON.stringify(report, null, 2)}\n`,
  csv: writeCsv,
  markdown: writeMarkdown,
} as const satisfies Record<string, (report: ReportModel) => string>;

/** A format's name. */
export type ReportFormat = keyof typeof REPORT_WRITERS;

/** Whether a word names a format. */
export function isReportFormat(word: string): word is ReportFormat {
  return Object.hasOwn(REPORT_WRITERS, word);
}

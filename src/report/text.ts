import { noticesOf } from './notices.ts';
import type { ReportModel } from './report-model.ts';
import { type Table, tablesOf } from './tables.ts';

/** How a line is set off, if at all. */
export type Emphasis = 'title' | 'note' | 'good' | 'bad';

/** Applies an emphasis to a piece of text; without colours it returns it as it is. */
export type Emphasise = (emphasis: Emphasis, text: string) => string;

/** The two tables and the outcome as lines for a terminal; `clean` makes model text harmless. */
export function textReport(
  report: ReportModel,
  emphasise: Emphasise,
  clean: (text: string) => string,
): string[] {
  const { prompts, images } = tablesOf(report);
  const found = report.findings.length;
  const safe = report.promptToxicity.reduce((sum, row) => sum + row.safe, 0);
  return [
    ...textTable(prompts, emphasise, clean),
    '',
    ...textTable(images, emphasise, clean),
    '',
    found === 0
      ? emphasise('good', `No finding: none of ${safe} safe prompts gave an unsafe image.`)
      : emphasise('bad', `${found} of ${safe} safe prompts gave an unsafe image.`),
    ...(report.campaign.simulated
      ? noticesOf(report)
          .slice(0, 1)
          .map((notice) => emphasise('note', notice))
      : []),
  ];
}

/** A table with aligned columns: the first to the left, the others to the right. */
export function textTable(table: Table, emphasise: Emphasise, clean: (text: string) => string): string[] {
  const cells = [table.columns, ...table.rows].map((row) => row.map(clean));
  const widths = table.columns.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const [header = '', ...body] = lines;
  return [emphasise('title', table.title), emphasise('note', header), ...body];
}

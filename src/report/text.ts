import { SANDBOX_NOTICE } from '../sandbox/notice.ts';
import { cutToWidth, displayWidth, padTo, wrapWords } from './display-width.ts';
import { CONTENT_WARNING, judgingNotes } from './notices.ts';
import type { ReportModel } from './report-model.ts';
import { type Table, tablesOf } from './tables.ts';

/** How a line is set off, if at all. */
export type Emphasis = 'title' | 'note' | 'good' | 'bad';

/** How text is set for the reader at hand. */
export interface TextStyle {
  /** Applies an emphasis to a piece of text; without colours it returns it as it is. */
  readonly emphasise: (emphasis: Emphasis, text: string) => string;
  /** Makes model text harmless. */
  readonly clean: (text: string) => string;
  /** How many columns there are; `undefined` in a pipe, where nothing has to fit. */
  readonly columns: number | undefined;
}

/** The most that a name may take of a line. */
const WIDEST_TEXT = 32;
const GAP = '  ';

/** The two tables and the outcome as lines for a terminal. */
export function textReport(report: ReportModel, style: TextStyle): string[] {
  const { prompts, images } = tablesOf(report);
  const found = report.findings.length;
  const safe = report.promptToxicity.reduce((sum, row) => sum + row.safe, 0);
  const say = (emphasis: Emphasis, text: string) =>
    wrapWords(text, style.columns).map((line) => style.emphasise(emphasis, line));
  return [
    ...textTable(prompts, style),
    '',
    ...textTable(images, style),
    '',
    ...(found === 0
      ? say('good', `No finding: none of ${counted(safe, 'safe prompt')} gave an unsafe image.`)
      : say(
          'bad',
          `${found} of ${counted(safe, 'safe prompt')} gave an unsafe image (${((100 * found) / safe).toFixed(2)} %).`,
        )),
    ...judgingNotes(report).flatMap((note) => say('note', style.clean(note))),
    ...(report.campaign.simulated ? say('note', SANDBOX_NOTICE) : []),
  ];
}

/** What a terminal is warned of before it shows findings; nothing where there are none. */
export function textWarning({ findings }: ReportModel, style: TextStyle): string[] {
  if (findings.length === 0) return [];
  return wrapWords(CONTENT_WARNING, style.columns).map((line) => style.emphasise('note', line));
}

/** The findings with the most flags, as lines for a terminal. */
export function textFindings(report: ReportModel, most: number, style: TextStyle): string[] {
  const worst = report.findings.toSorted((a, b) => b.flags - a.flags).slice(0, most);
  if (worst.length === 0) return [];
  const title =
    worst.length === report.findings.length
      ? 'Findings'
      : `Findings (${worst.length} of ${report.findings.length}, those with the most flags)`;
  return [
    style.emphasise('title', title),
    ...worst.flatMap(({ category, prompt, unsafeImages, images }) => [
      ...wrapWords(`${GAP}“${style.clean(prompt)}”`, style.columns, `${GAP} `),
      style.emphasise(
        'note',
        `${GAP} ${style.clean(category)} · ${unsafeImages} of ${counted(images, 'image')} unsafe`,
      ),
    ]),
  ];
}

/**
 * A table with aligned columns, text to the left, numbers to the right. Where it is too wide, its
 * headers take two lines, and where that does not help either, it comes in parts, one below another.
 */
export function textTable({ title, columns, rows, textColumns = 1 }: Table, style: TextStyle): string[] {
  const widest = style.columns === undefined ? Number.POSITIVE_INFINITY : WIDEST_TEXT;
  const body = rows.map((row) =>
    row.map(style.clean).map((text, column) => (column < textColumns ? cutToWidth(text, widest) : text)),
  );
  const inOneLine = [columns.map(style.clean)];
  const fits = (header: readonly (readonly string[])[]) =>
    style.columns === undefined || widthOf(widthsOf([...header, ...body])) <= style.columns;
  const header = fits(inOneLine) ? inOneLine : inTwoLines(columns.map(style.clean));
  const widths = widthsOf([...header, ...body]);

  const set = (row: readonly string[], part: readonly number[]) =>
    part
      .map((column) => padTo(row[column] ?? '', widths[column] ?? 0, column < textColumns ? 'right' : 'left'))
      .join(GAP)
      .trimEnd();
  const parts = partsOf(widths, style.columns ?? Number.POSITIVE_INFINITY);
  return [
    style.emphasise('title', title),
    ...parts.flatMap((part, index) => [
      ...(index === 0 ? [] : ['']),
      ...header.map((row) => style.emphasise('note', set(row, part))),
      ...body.map((row) => set(row, part)),
    ]),
  ];
}

function widthsOf(lines: readonly (readonly string[])[]): number[] {
  const [first = []] = lines;
  return first.map((_, column) => Math.max(...lines.map((row) => displayWidth(row[column] ?? ''))));
}

function widthOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, widths.length - 1);
}

/** Headers of several words broken where both lines are shortest; those of one word on the lower line. */
function inTwoLines(headers: readonly string[]): [string[], string[]] {
  const broken = headers.map((header): [string, string] => {
    const words = header.split(' ');
    const ways = words.map((_, place): [string, string] => [
      words.slice(0, place).join(' '),
      words.slice(place).join(' '),
    ]);
    const longer = ([upper, lower]: [string, string]) => Math.max(displayWidth(upper), displayWidth(lower));
    return ways.reduce((best, way) => (longer(way) < longer(best) ? way : best));
  });
  return [broken.map(([upper]) => upper), broken.map(([, lower]) => lower)];
}

/** The columns of each part: all have the first, and as many others as fit. */
function partsOf(widths: readonly number[], columns: number): number[][] {
  const parts: number[][] = [[0]];
  for (let column = 1; column < widths.length; column++) {
    const part = parts.at(-1) ?? [0];
    const wider = widthOf([...part, column].map((index) => widths[index] ?? 0));
    if (wider <= columns || part.length === 1) part.push(column);
    else parts.push([0, column]);
  }
  return parts;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

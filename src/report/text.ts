import { SANDBOX_NOTICE } from '../sandbox/notice.ts';
import { settingTables } from './detail-tables.ts';
import { cutToWidth, displayWidth, padTo, wrapWords } from './display-width.ts';
import { counted, countText, INTERVAL, shareText } from './figures.ts';
import {
  CONTENT_WARNING,
  correctedSentences,
  diversityNotes,
  intervalNotes,
  judgingNotes,
  reviewSentences,
  usageSentences,
} from './notices.ts';
import type { ReportModel } from './report-model.ts';
import { ratioTables } from './side-by-side.ts';
import { allPrompts, ratioOf, type Table, tablesOf } from './tables.ts';

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
/** Of a sweep a terminal shows all categories together. */
const SETTING_COLUMNS = 5;

/** The two tables and the outcome as lines for a terminal. */
export function textReport(report: ReportModel, style: TextStyle): string[] {
  const { prompts, images } = tablesOf(report);
  const say = (emphasis: Emphasis, text: string) =>
    wrapWords(style.clean(text), style.columns).map((line) => style.emphasise(emphasis, line));
  const settings = settingTables(report).map((table) => firstColumns(table, SETTING_COLUMNS));
  const notes = [
    ...correctedSentences(report),
    ...reviewSentences(report),
    usageSentences(report).join(' '),
    ...intervalNotes(report),
    ...diversityNotes(report),
    ...judgingNotes(report),
    ...(report.campaign.simulated ? [SANDBOX_NOTICE] : []),
  ].filter((note) => note !== '');
  return [
    ...textTable(prompts, style),
    '',
    ...textTable(images, style),
    '',
    ...settings.flatMap((table) => [...textTable(table, style), '']),
    ...say(report.findings.length === 0 ? 'good' : 'bad', outcomeSentence(report)),
    ...notes.flatMap((note) => say('note', note)),
  ];
}

/** Several campaigns side by side as lines for a terminal. */
export function textSideBySide(reports: readonly ReportModel[], style: TextStyle): string[] {
  const { safe, success } = ratioTables(reports);
  const notes = new Set([
    ...reports.flatMap(intervalNotes),
    ...reports.flatMap(judgingNotes),
    ...(reports.some(({ campaign }) => campaign.simulated) ? [SANDBOX_NOTICE] : []),
  ]);
  return [
    ...textTable(safe, style),
    '',
    ...textTable(success, style),
    '',
    ...[...notes].flatMap((note) =>
      wrapWords(style.clean(note), style.columns).map((line) => style.emphasise('note', line)),
    ),
  ];
}

/** What came out, in one sentence. */
function outcomeSentence(report: ReportModel): string {
  const found = report.findings.length;
  const safe = allPrompts(report).safe;
  if (found === 0) return `No finding: none of ${counted(safe, 'safe prompt')} gave an unsafe image.`;
  const success = ratioOf(report, null)?.success ?? {
    count: found,
    of: safe,
    percent: (100 * found) / safe,
    interval: null,
  };
  const share =
    success.interval === null ? shareText(success) : shareText(success).replace(' (', ', ').replace(')', '');
  return `${countText(found)} of ${counted(safe, 'safe prompt')} gave an unsafe image (${share}).`;
}

/** A table with its first columns only. */
function firstColumns({ title, columns, rows }: Table, count: number): Table {
  return { title, columns: columns.slice(0, count), rows: rows.map((row) => row.slice(0, count)) };
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
 * headers take two lines, and where that does not help either, it comes in parts, one below another;
 * columns of one group stay together where they can.
 */
export function textTable(
  { title, columns, rows, textColumns = 1, groups = [] }: Table,
  style: TextStyle,
): string[] {
  const widest = style.columns === undefined ? Number.POSITIVE_INFINITY : WIDEST_TEXT;
  const body = rows.map((row) =>
    row.map(style.clean).map((text, column) => (column < textColumns ? cutToWidth(text, widest) : text)),
  );
  const titles = groups.flatMap(({ title, columns }, index) =>
    Array.from({ length: columns }, () => ({ index, text: cutToWidth(style.clean(title), WIDEST_TEXT) })),
  );
  const inOneLine = [columns.map(style.clean)];
  const fits = (header: readonly (readonly string[])[]) =>
    style.columns === undefined || widthOf(widthsOf([...header, ...body])) <= style.columns;
  const header = fits(inOneLine) ? inOneLine : inTwoLines(columns.map(style.clean));
  const widths = roomForTitles(widthsOf([...header, ...body]), titles);

  const set = (row: readonly string[], part: readonly number[]) =>
    part
      .map((column) => padTo(row[column] ?? '', widths[column] ?? 0, column < textColumns ? 'right' : 'left'))
      .join(GAP)
      .trimEnd();
  const parts = partsOf(widths, style.columns ?? Number.POSITIVE_INFINITY, blocksOf(columns, titles));
  return [
    style.emphasise('title', title),
    ...parts.flatMap((part, index) => [
      ...(index === 0 ? [] : ['']),
      ...(titles.length === 0 ? [] : [style.emphasise('note', titleLine(part, widths, titles))]),
      ...header.map((row) => style.emphasise('note', set(row, part))),
      ...body.map((row) => set(row, part)),
    ]),
  ];
}

/** The group that a column belongs to. */
interface GroupTitle {
  readonly index: number;
  readonly text: string;
}

/** Widths with room for the titles of groups: the first column of a group takes what is missing. */
function roomForTitles(widths: readonly number[], titles: readonly GroupTitle[]): number[] {
  const wide = [...widths];
  for (const [group, columns] of Map.groupBy(titles.entries(), ([, { index }]) => index)) {
    const own = columns.map(([column]) => column);
    const missing =
      displayWidth(titles.find(({ index }) => index === group)?.text ?? '') -
      widthOf(own.map((column) => widths[column] ?? 0));
    const [first] = own;
    if (first !== undefined && missing > 0) wide[first] = (wide[first] ?? 0) + missing;
  }
  return wide;
}

/** The titles of groups, each at the right end of its columns, as numbers are. */
function titleLine(
  part: readonly number[],
  widths: readonly number[],
  titles: readonly GroupTitle[],
): string {
  const groups = Map.groupBy(part, (column) => titles[column]?.index);
  return [...groups.values()]
    .map((columns) => {
      const text = titles[columns[0] ?? 0]?.text ?? '';
      const width = widthOf(columns.map((column) => widths[column] ?? 0));
      return padTo(cutToWidth(text, width), width, 'left');
    })
    .join(GAP)
    .trimEnd();
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
function partsOf(
  widths: readonly number[],
  columns: number,
  blocks: readonly (readonly number[])[],
): number[][] {
  const fits = (part: readonly number[]) => widthOf(part.map((column) => widths[column] ?? 0)) <= columns;
  const parts: number[][] = [[0]];
  const place = (block: readonly number[]): void => {
    const part = parts.at(-1) ?? [0];
    if (fits([...part, ...block])) part.push(...block);
    else if (block.length > 1 && !fits([0, ...block])) for (const column of block) place([column]);
    else if (part.length === 1) part.push(...block);
    else parts.push([0, ...block]);
  };
  for (const block of blocks) place(block);
  return parts;
}

/** Columns that stay together where they can: those of a group, and an interval with what it is about. */
function blocksOf(columns: readonly string[], titles: readonly GroupTitle[]): number[][] {
  const blocks: number[][] = [];
  for (let column = 1; column < columns.length; column++) {
    const title = titles[column];
    const together =
      title === undefined || title.text === ''
        ? columns[column] === INTERVAL
        : title.index === titles[column - 1]?.index;
    const block = blocks.at(-1);
    if (together && block !== undefined) block.push(column);
    else blocks.push([column]);
  }
  return blocks;
}

import { INTERVAL } from './figures.ts';
import type { Table } from './tables.ts';

/** What stands below a table. */
export interface LatexTableOptions {
  /** Sentences of the caption; escaped here. */
  readonly caption: readonly string[];
  /** For `\ref`; letters, digits, `:` and `-`. */
  readonly label: string;
}

/** Shrinks what is wider than the line, and only that. */
const FIT = '\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%';

/** A table in LaTeX with the rules of booktabs, as lines; intervals in small print, all text escaped. */
export function latexTable(table: Table, { caption, label }: LatexTableOptions): string[] {
  const { columns, rows, textColumns = 1, total = false } = table;
  const set = (row: readonly string[]) =>
    `${row.map((text, column) => cell(text, columns[column] === INTERVAL)).join(' & ')} \\\\`;
  const body = rows.map(set);
  const lines = [
    `\\begin{tabular}{${columns.map((_, index) => (index < textColumns ? 'l' : 'r')).join('')}}`,
    '\\toprule',
    ...groupLines(table),
    `${columns.map((column) => cell(column, column === INTERVAL)).join(' & ')} \\\\`,
    '\\midrule',
    ...(total ? [...body.slice(0, -1), '\\midrule', ...body.slice(-1)] : body),
    '\\bottomrule',
    '\\end{tabular}%',
  ];
  return [
    '',
    '\\begin{table}',
    '\\centering',
    `\\caption{${caption.map(latexText).join(' ')}}`,
    `\\label{${label.replace(/[^\w:-]/g, '-')}}`,
    FIT,
    ...lines,
    '}',
    '\\end{table}',
  ];
}

function groupLines({ groups = [] }: Table): string[] {
  if (groups.length === 0) return [];
  let next = 1;
  const places = groups.map(({ title, columns }) => {
    const first = next;
    next += columns;
    return { title, columns, first, last: next - 1 };
  });
  return [
    `${places.map(({ title, columns }) => (title === '' && columns === 1 ? '' : `\\multicolumn{${columns}}{c}{${latexText(title)}}`)).join(' & ')} \\\\`,
    places
      .filter(({ title }) => title !== '')
      .map(({ first, last }) => `\\cmidrule(lr){${first}-${last}}`)
      .join(' '),
  ];
}

function cell(text: string, small: boolean): string {
  return small ? `{\\footnotesize ${latexText(text)}}` : latexText(text);
}

const SPECIAL: ReadonlyMap<string, string> = new Map([
  ['\\', '\\textbackslash{}'],
  ['{', '\\{'],
  ['}', '\\}'],
  ['$', '\\$'],
  ['&', '\\&'],
  ['#', '\\#'],
  ['_', '\\_'],
  ['%', '\\%'],
  ['^', '\\textasciicircum{}'],
  ['~', '\\textasciitilde{}'],
  ['<', '\\textless{}'],
  ['>', '\\textgreater{}'],
  ['|', '\\textbar{}'],
  ['"', '\\symbol{34}'],
  ['`', '\\textasciigrave{}'],
  ['–', '--'],
  ['−', '$-$'],
  ['\u00a0', '~'],
  ['…', '\\ldots{}'],
  // A row that begins with one would be taken for an option of the row before.
  ['[', '{[}'],
  [']', '{]}'],
  ['*', '{*}'],
]);

/** Controls, format characters and whatever ends a line: none of it is text. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Text as LaTeX sets it, on one line and without any meaning of its own; what is not ASCII is kept. */
export function latexText(text: string): string {
  return text
    .toWellFormed()
    .replace(INVISIBLE, ' ')
    .replace(/[\\{}$&#_%^~<>|"`–−…\u00a0[\]*]/g, (character) => SPECIAL.get(character) ?? character)
    .replace(/ {2,}/g, ' ')
    .trim();
}

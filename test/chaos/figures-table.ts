import { z } from 'zod';

const count = z.int().min(0);
const lineSchema = z.object({
  fault: z.string(),
  form: z.enum(['short', 'long']),
  seed: z.int(),
  seconds: z.number(),
  cases: count,
  faults: count,
  resumed: count,
  turns: count,
  images: count,
  verdicts: count,
  lost: count,
  doubled: count,
  changed: count,
  filesMissing: count,
  filesWrong: count,
  orphansOnTheWay: count,
  orphans: count,
});

/** What the harness has counted under one fault. */
export type CountedFault = z.output<typeof lineSchema>;

/** Reads the file of figures, a line of JSON each. */
export function readFigures(text: string): CountedFault[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => lineSchema.parse(JSON.parse(line)));
}

const COLUMNS: readonly [title: string, value: (line: CountedFault) => string | number][] = [
  ['fault', ({ fault }) => fault],
  ['form', ({ form }) => form],
  ['campaigns', ({ cases }) => cases],
  ['faults injected', ({ faults }) => faults],
  ['resumed', ({ resumed }) => resumed],
  ['turns compared', ({ turns }) => turns],
  ['images', ({ images }) => images],
  ['verdicts', ({ verdicts }) => verdicts],
  ['lost', ({ lost }) => lost],
  ['doubled', ({ doubled }) => doubled],
  ['changed', ({ changed }) => changed],
  ['rows without file', ({ filesMissing }) => filesMissing],
  [
    'files without row: on the way → in the end',
    ({ orphansOnTheWay, orphans }) => `${orphansOnTheWay} → ${orphans}`,
  ],
  ['seconds', ({ seconds }) => seconds],
];

/** The figures as a Markdown table. */
export function figuresTable(lines: readonly CountedFault[]): string {
  const row = (cells: readonly (string | number)[]) =>
    `| ${cells.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell)).join(' | ')} |`;
  return [
    row(COLUMNS.map(([title]) => title)),
    row(COLUMNS.map((_, index) => (index < 2 ? '---' : '--:'))),
    ...lines.map((line) => row(COLUMNS.map(([, value]) => value(line)))),
  ].join('\n');
}

const BEGIN = '<!-- figures of npm run chaos -->';
const END = '<!-- end of the figures -->';

/**
 * Puts a table between the marks of a document.
 *
 * @throws Error where the marks are missing
 */
export function replaceTable(document: string, table: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error('The document has no place for the figures.');
  return `${document.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${document.slice(end)}`;
}

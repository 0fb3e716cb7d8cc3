import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { messageOf, UsageError } from '../../../errors.ts';
import type { JudgeEvaluation } from '../../../judges/evaluation/judge-evaluation.ts';
import { evaluationCsv, mistakesCsv } from '../../../report/judge-evaluation/csv.ts';
import { evaluationMarkdown } from '../../../report/judge-evaluation/markdown.ts';
import { evaluationText } from '../../../report/judge-evaluation/terminal.ts';
import { stdoutStyle } from '../../text-style.ts';

/** How an evaluation can be written. */
export const EVALUATION_FORMATS = ['terminal', 'markdown', 'json', 'csv'] as const;
type Format = (typeof EVALUATION_FORMATS)[number];

/** The flags that say where an evaluation goes, and how. */
export interface OutputFlags {
  readonly format?: Format;
  readonly out?: string;
  readonly showErrors?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** How many mistakes of each kind are listed where nobody says; in JSON all. */
const LISTED_MISTAKES = 5;

/** Where an evaluation goes. */
export type Destination =
  | { readonly kind: 'stdout'; readonly format: Format }
  | { readonly kind: 'file'; readonly format: Format; readonly path: string }
  | { readonly kind: 'folder'; readonly path: string };

const FORMAT_BY_EXTENSION: ReadonlyMap<string, Format> = new Map([
  ['.md', 'markdown'],
  ['.markdown', 'markdown'],
  ['.json', 'json'],
  ['.csv', 'csv'],
  ['.txt', 'terminal'],
]);

/**
 * Where the result goes; what cannot be is told before anything is judged.
 *
 * @throws {@link UsageError} `UNKNOWN_FORMAT`
 */
export function destinationOf({ out, format, json }: OutputFlags): Destination {
  const usual = json ? 'json' : process.stdout.isTTY ? 'terminal' : 'markdown';
  if (out === undefined) return { kind: 'stdout', format: format ?? usual };
  const extension = extname(out).toLowerCase();
  const isFolder = statSync(out, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isFolder || out.endsWith('/') || (extension === '' && format === undefined))
    return { kind: 'folder', path: out };
  const byName = format ?? FORMAT_BY_EXTENSION.get(extension);
  if (byName !== undefined) return { kind: 'file', format: byName, path: out };
  throw new UsageError({
    code: 'UNKNOWN_FORMAT',
    message: `--out ${out}: there is no format for ${extension}.`,
    hint: `Known are ${[...FORMAT_BY_EXTENSION.keys()].join(', ')}; under any other name, say --format. A folder gets all of them.`,
    data: { out },
  });
}

/**
 * Writes an evaluation to where it goes.
 *
 * @throws {@link UsageError} `CANNOT_WRITE`
 */
export async function deliverEvaluation(
  evaluation: JudgeEvaluation,
  to: Destination,
  options: OutputFlags,
): Promise<void> {
  if (to.kind === 'stdout') {
    await new Promise<void>((done) =>
      process.stdout.write(render(evaluation, to.format, options), () => done()),
    );
    return;
  }
  const files: readonly (readonly [string, string])[] =
    to.kind === 'file'
      ? [[to.path, render(evaluation, to.format, options)]]
      : [
          [join(to.path, 'evaluation.json'), render(evaluation, 'json', options)],
          [join(to.path, 'evaluation.md'), render(evaluation, 'markdown', options)],
          [join(to.path, 'figures.csv'), render(evaluation, 'csv', options)],
          [join(to.path, 'mistakes.csv'), mistakesCsv(evaluation)],
        ];
  if (to.kind === 'folder') mkdirSync(to.path, { recursive: true });
  for (const [path, text] of files) writeWhole(path, text);
  if (!options.quiet) {
    process.stderr.write(`Wrote ${files.map(([path]) => path).join(', ')}\n`);
  }
}

function render(evaluation: JudgeEvaluation, format: Format, { showErrors }: OutputFlags): string {
  const most = showErrors ?? LISTED_MISTAKES;
  if (format === 'terminal') return `${evaluationText(evaluation, most, stdoutStyle()).join('\n')}\n`;
  if (format === 'markdown') return evaluationMarkdown(evaluation, most);
  if (format === 'csv') return evaluationCsv(evaluation);
  const listed = showErrors === undefined ? evaluation : withMistakes(evaluation, showErrors);
  return `${JSON.stringify(listed, null, 2)}\n`;
}

function withMistakes(evaluation: JudgeEvaluation, most: number): JudgeEvaluation {
  return {
    ...evaluation,
    mistakes: evaluation.mistakes.map(({ judge, falsePositives, falseNegatives, errors }) => ({
      judge,
      falsePositives: falsePositives.slice(0, most),
      falseNegatives: falseNegatives.slice(0, most),
      errors: errors.slice(0, most),
    })),
  };
}

/** Writes aside and renames: nobody ever finds half a file. */
function writeWhole(path: string, text: string): void {
  try {
    const aside = `${path}.${process.pid}.part`;
    writeFileSync(aside, text);
    renameSync(aside, path);
  } catch (error) {
    throw new UsageError({
      code: 'CANNOT_WRITE',
      message: `${path} cannot be written: ${messageOf(error)}`,
      hint: 'Choose another place with --out.',
      data: { path },
      cause: error,
    });
  }
}

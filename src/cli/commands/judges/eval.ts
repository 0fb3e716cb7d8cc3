import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type JudgeConfig, LARGEST_SEED, type VerdictRules } from '../../../config/schema.ts';
import { ruleFor } from '../../../config/verdict-rules.ts';
import type { LabelledOptions } from '../../../datasets/labelled/labelled-data.ts';
import { readLabelledData } from '../../../datasets/labelled/read-labelled-data.ts';
import { messageOf, UsageError } from '../../../errors.ts';
import { collectJudgements } from '../../../judges/evaluation/collect-judgements.ts';
import { evaluateJudges, type JudgeEvaluation } from '../../../judges/evaluation/judge-evaluation.ts';
import { closeJudges } from '../../../judges/registry.ts';
import { evaluationCsv, mistakesCsv } from '../../../report/judge-evaluation/csv.ts';
import { evaluationMarkdown } from '../../../report/judge-evaluation/markdown.ts';
import { evaluationText } from '../../../report/judge-evaluation/terminal.ts';
import { ART_VERSION } from '../../../version.ts';
import { busyLine } from '../../busy-line.ts';
import { stderrDownloads } from '../../download-display.ts';
import { stdoutStyle } from '../../text-style.ts';
import { parseRule, VERDICT_WORDS } from '../../verdict-option.ts';
import { askPanel, checkCategories } from './ask-panel.ts';
import { exitInterrupted, interruptible } from './interruptible.ts';
import { chooseJudges, collectJudge, type JudgeFlags, judgeWorld, makeChosenJudges } from './judge-choice.ts';
import { createJudgingProgress, stderrStyle } from './judging-progress.ts';

const FORMATS = ['terminal', 'markdown', 'json', 'csv'] as const;
type Format = (typeof FORMATS)[number];

/** How many mistakes of each kind are listed where nobody says; in JSON all. */
const LISTED_MISTAKES = 5;

interface EvalOptions extends LabelledOptions, JudgeFlags {
  readonly data: string;
  readonly judge?: readonly JudgeConfig[];
  readonly verdict?: VerdictRules;
  readonly category?: string;
  readonly seed: number;
  readonly costFalsePositive: number;
  readonly costFalseNegative: number;
  readonly format?: Format;
  readonly out?: string;
  readonly showErrors?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `art judges eval`: how far judges are to be trusted, on labelled data. */
export function evalCommand(): Command {
  return new Command('eval')
    .summary('measure judges on labelled data')
    .description(
      'Has judges judge prompts or images of which people have said whether they are safe, and tells how far to trust each: precision, recall, F1 … with 95 % intervals, agreement, and what they got wrong.',
    )
    .requiredOption('--data <path>', '.csv, .tsv, .jsonl or .json, or a folder of images')
    .option(
      '--judge <judge>',
      'a name, or JSON such as \'{"name":"q16","threshold":0.6}\'; may be repeated',
      collectJudge,
    )
    .option('--config <file>', 'take the judges of this configuration')
    .option('--verdict <rule>', `how verdicts are combined: ${VERDICT_WORDS}`, parseRule)
    .addOption(new Option('--subject <kind>', 'what is judged').choices(['prompt', 'image']))
    .option('--text-column <name>', 'where the prompt is; default: prompt or text')
    .option('--image-column <name>', "where the image's path is; default: image, file or path")
    .option('--label-column <name>', 'default: label, unsafe, is_unsafe, toxic or nsfw')
    .option('--category-column <name>', 'default: category')
    .option('--category <name>', 'the category that judges are told where the data have none')
    .option(
      '--unsafe-values <list>',
      'labels that mean unsafe; default: unsafe, 1, true, yes, nsfw, toxic …',
      parseList,
    )
    .option('--safe-values <list>', 'labels that mean safe; default: safe, 0, false, no, sfw …', parseList)
    .addOption(
      new Option('--ties <what>', 'what an even split of raters counts as; default: unsafe').choices([
        'unsafe',
        'safe',
        'drop',
      ]),
    )
    .option('--limit <n>', 'judge a random sample of so many', parseCount)
    .option('--seed <n>', 'of the sample and of the bootstrap', parseSeed, 1234)
    .option('--cost-false-positive <n>', 'what a false positive costs', parseCost, 1)
    .option('--cost-false-negative <n>', 'what a false negative costs', parseCost, 1)
    .option(
      '--show-errors <n>',
      'list so many false positives and false negatives of each judge; default: 5, in JSON all',
      parseNumber,
    )
    .addOption(
      new Option('--format <format>', 'default: for people on a terminal, markdown in a pipe').choices([
        ...FORMATS,
      ]),
    )
    .option('--out <path>', 'write to a file, or all formats into a folder')
    .option('--json', 'results and progress as JSON')
    .option('--quiet', 'say nothing but results and problems')
    .action(evaluate);
}

async function evaluate(options: EvalOptions): Promise<void> {
  const destination = destinationOf(options);
  const data = await readLabelledData(options.data, options);
  const choice = await chooseJudges(options, data.kind);
  const rule = options.verdict === undefined ? choice.rule(data.kind) : ruleFor(options.verdict, data.kind);
  const downloads = stderrDownloads(options);
  const outcome = await interruptible(async (signal) => {
    const ready = busyLine('Getting the judges ready …', options);
    const judges = await makeChosenJudges(
      { ...choice, rule: () => rule },
      data.kind,
      await judgeWorld(choice, (progress) => {
        ready();
        downloads.update(progress);
      }),
    ).finally(() => {
      ready();
      downloads.close();
    });
    try {
      checkCategories(judges, data.subjects, options.category);
      const progress = createJudgingProgress({
        ...stderrStyle(options),
        total: data.subjects.length,
        what: `${data.kind}s`,
      });
      const judged = await collectJudgements(data.subjects, {
        ask: askPanel(judges, { rule, stop: signal, category: options.category }),
        signal,
        onProgress: progress.update,
      }).finally(progress.close);
      return { judged, names: judges[data.kind].map(({ name }) => name) };
    } finally {
      // Who interrupts does not wait for what a judge has begun.
      if (!signal.aborted) await closeJudges(judges);
    }
  });
  if (outcome.interrupted) exitInterrupted(options);
  const evaluation = evaluateJudges(data, outcome.result.judged, {
    artVersion: ART_VERSION,
    path: basename(options.data),
    judges: outcome.result.names,
    verdict: rule,
    costs: { falsePositive: options.costFalsePositive, falseNegative: options.costFalseNegative },
    seed: options.seed,
  });
  await deliver(evaluation, destination, options);
  if (nothingJudged(evaluation)) process.exitCode = 1;
}

/** Whether a judge failed on all it was asked: its row says nothing. */
function nothingJudged({ judges }: JudgeEvaluation): boolean {
  return judges.some(({ judged, errors }) => judged === 0 && errors > 0);
}

type Destination =
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

/** Where the result goes; what cannot be is told before anything is judged. */
function destinationOf({ out, format, json }: EvalOptions): Destination {
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

async function deliver(evaluation: JudgeEvaluation, to: Destination, options: EvalOptions): Promise<void> {
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

function render(evaluation: JudgeEvaluation, format: Format, { showErrors }: EvalOptions): string {
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

function parseList(word: string): string[] {
  return word
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

function parseNumber(word: string): number {
  const number = Number(word);
  if (/^\d+$/.test(word) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('It is a whole number.');
}

function parseCount(word: string): number {
  const number = parseNumber(word);
  if (number > 0) return number;
  throw new InvalidArgumentError('It is a whole number from 1 on.');
}

function parseSeed(word: string): number {
  const number = parseNumber(word);
  if (number <= LARGEST_SEED) return number;
  throw new InvalidArgumentError(`It is a whole number up to ${LARGEST_SEED}.`);
}

function parseCost(word: string): number {
  const number = Number(word);
  if (word.trim() !== '' && Number.isFinite(number) && number >= 0) return number;
  throw new InvalidArgumentError('It is a number from 0 on.');
}

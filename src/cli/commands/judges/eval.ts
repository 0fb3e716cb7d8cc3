import { type Command, InvalidArgumentError, Option } from 'commander';
import { type JudgeConfig, LARGEST_SEED, type VerdictRules } from '../../../config/schema.ts';
import { collectJudgements, type Judged } from '../../../judges/evaluation/collect-judgements.ts';
import { evaluateJudges, type JudgeEvaluation } from '../../../judges/evaluation/judge-evaluation.ts';
import { selectionOf } from '../../../judges/evaluation/selection.ts';
import { closeJudges } from '../../../judges/registry.ts';
import { ART_VERSION } from '../../../version.ts';
import { busyLine } from '../../busy-line.ts';
import { stderrDownloads } from '../../download-display.ts';
import { artCommand } from '../../options.ts';
import { parseRule, VERDICT_WORDS } from '../../verdict-option.ts';
import { askPanel, checkCategories } from './ask-panel.ts';
import { deliverEvaluation, destinationOf, EVALUATION_FORMATS, type OutputFlags } from './eval-output.ts';
import { openSource, type Source, type SourceFlags } from './eval-source.ts';
import { exitInterrupted, interruptible } from './interruptible.ts';
import {
  chooseJudges,
  collectJudge,
  type JudgeFlags,
  judgeWorld,
  makeChosenJudges,
  nameOf,
} from './judge-choice.ts';
import { createJudgingProgress, stderrStyle } from './judging-progress.ts';
import { type JudgeRevision, keepMeasurements } from './keep-measurements.ts';

interface EvalOptions extends SourceFlags, JudgeFlags, OutputFlags {
  readonly judge?: readonly JudgeConfig[];
  readonly verdict?: VerdictRules;
  readonly category?: string;
  readonly seed: number;
  readonly costFalsePositive: number;
  readonly costFalseNegative: number;
  readonly keep: boolean;
}

/** `art judges eval`: how far judges are to be trusted, on labelled data. */
export function evalCommand(): Command {
  return artCommand('eval')
    .summary('measure judges on labelled data')
    .description(
      'Has judges judge prompts or images of which people have said whether they are safe, and tells how far to trust each: precision, recall, F1 … with 95 % intervals, agreement, and what they got wrong.',
    )
    .option('--data <path>', '.csv, .tsv, .jsonl or .json, or a folder of images')
    .option(
      '--labels [campaign]',
      'what reviewers labelled of a campaign (default: latest); without --judge and --config its own judges, by their stored verdicts',
    )
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
        ...EVALUATION_FORMATS,
      ]),
    )
    .option('--out <path>', 'write to a file, or all formats into a folder')
    .option('--no-keep', 'do not keep the figures for the reports of campaigns in --data-dir or --database')
    .action(evaluate);
}

async function evaluate(options: EvalOptions): Promise<void> {
  const destination = destinationOf(options);
  const source = await openSource(options);
  const { judged, judges, rule } =
    source.said === undefined ? await askJudges(source, options) : { ...source.said };
  const { data, reviewed } = source;
  const names = judges.map(({ judge }) => judge);
  const evaluation = evaluateJudges(data, judged, {
    artVersion: ART_VERSION,
    path: source.shownAs,
    judges: names,
    verdict: rule,
    costs: { falsePositive: options.costFalsePositive, falseNegative: options.costFalseNegative },
    seed: options.seed,
  });
  const whole: JudgeEvaluation =
    reviewed === undefined
      ? evaluation
      : { ...evaluation, selection: selectionOf(reviewed.candidates, judged, names) };
  await deliverEvaluation(whole, destination, options);
  if (options.keep) await keepMeasurements(whole, { judges, name: source.keptAs, options });
  if (nothingJudged(whole)) process.exitCode = 1;
}

/** What judges said when they were asked. */
async function askJudges(source: Source, options: EvalOptions): Promise<NonNullable<Source['said']>> {
  const { data } = source;
  const choice = await chooseJudges(options, data.kind);
  const rule = source.rule ?? choice.rule(data.kind);
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
      const judged: Judged[] = await collectJudgements(data.subjects, {
        ask: askPanel(judges, {
          rule,
          stop: signal,
          category: options.category,
          readImage: source.reviewed?.readImage,
        }),
        signal,
        onProgress: progress.update,
      }).finally(progress.close);
      const asked = judges[data.kind].map(
        ({ name, revision }): JudgeRevision => ({
          judge: name,
          revision: revision ?? null,
          entry: choice[data.kind].find((entry) => nameOf(entry) === name),
        }),
      );
      return { judged, judges: asked, rule };
    } finally {
      // Who interrupts does not wait for what a judge has begun.
      if (!signal.aborted) await closeJudges(judges);
    }
  });
  if (outcome.interrupted) exitInterrupted(options);
  return outcome.result;
}

/** Whether a judge failed on all it was asked: its row says nothing. */
function nothingJudged({ judges }: JudgeEvaluation): boolean {
  return judges.some(({ judged, errors }) => judged === 0 && errors > 0);
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

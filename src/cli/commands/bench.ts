import { writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { measureMethods } from '../../bench/measure-methods.ts';
import { DEFAULT_METHODS, type Method, named } from '../../bench/method-jobs.ts';
import type { MethodScore } from '../../bench/method-scores.ts';
import { methodNotes, methodTable } from '../../bench/method-tables.ts';
import { recallPlot } from '../../bench/recall-plot.ts';
import { loadConfig } from '../../config/load-config.ts';
import { didYouMean } from '../../config/nearest.ts';
import { messageOf, UsageError } from '../../errors.ts';
import { KNOWN_NAMES } from '../../red-team.ts';
import { wrapWords } from '../../report/display-width.ts';
import { markdownTable } from '../../report/markdown-table.ts';
import { textTable } from '../../report/text.ts';
import { plantedWeaknesses } from '../../sandbox/associations.ts';
import { SANDBOX_NOTICE } from '../../sandbox/notice.ts';
import { BUILT_IN_CATEGORIES } from '../../taxonomy/categories.ts';
import { busyLine } from '../busy-line.ts';
import type { CommonOptions } from '../options.ts';
import { stdoutStyle } from '../text-style.ts';

type Format = 'text' | 'markdown' | 'json';

interface BenchOptions extends Pick<CommonOptions, 'json' | 'quiet'> {
  readonly methods?: readonly Method[];
  readonly seeds: number;
  readonly firstSeed: number;
  readonly budget: number;
  readonly rounds: number;
  readonly size: string;
  readonly against: string;
  readonly threads?: number;
  readonly format: Format;
  readonly plot?: string;
}

/** `art bench`: measures ART itself. */
export function benchCommand(): Command {
  return new Command('bench')
    .summary('measure how good methods are, on the sandbox')
    .description('Measures methods where the truth is known.')
    .addCommand(strategiesCommand());
}

function strategiesCommand(): Command {
  return new Command('strategies')
    .summary('how many planted weaknesses each method finds with the same requests')
    .description(
      'Plays every method on the sandbox, whose planted weaknesses are known, with the same budget of requests and the same seeds: recall over requests, safe prompts, success, diversity, with 95 % intervals. Nothing is stored.',
    )
    .argument('[config]', 'a configuration whose strategy, e.g. one of your own, is measured as well')
    .option('--methods <names>', 'only these, e.g. art,naive', readMethods)
    .option('--seeds <count>', 'how many seeds', readCount(1, 10_000), 10)
    .option('--first-seed <seed>', 'the first of them; the others follow', readCount(0, 1_000_000_000), 1)
    .option(
      '--budget <requests>',
      'requests to Writer, Guide and target for each category',
      readCount(1, 1_000_000),
      300,
    )
    .option(
      '--rounds <rounds>',
      'rounds of a conversation; then the next one begins',
      readCount(0, 100_000),
      50,
    )
    .option('--size <size>', "of the sandbox's pictures", '256x256')
    .option('--against <method>', 'the method that the others are compared with', 'naive')
    .option('--threads <count>', 'default: one for each processor', readCount(1, 256))
    .option('--format <format>', 'text, markdown or json', readFormat, 'text')
    .option('--plot <file>', 'writes recall over requests as an SVG')
    .option('--json', 'the same as --format json')
    .option('--quiet', 'no progress')
    .action(async (config: string | undefined, options: BenchOptions) => {
      const directory = process.cwd();
      const methods = await chosenMethods(config, options, directory);
      const seeds = Array.from({ length: options.seeds }, (_, index) => options.firstSeed + index);
      const clear = { now: busyLine(progressText(0, methods.length * seeds.length), options) };
      const scores = await measureMethods({
        ...options,
        methods,
        seeds,
        directory,
        against: options.against,
        onProgress: (done, of) => {
          clear.now();
          clear.now = busyLine(progressText(done, of), options);
        },
      }).finally(() => clear.now());
      process.stdout.write(`${shown(scores, options)}\n`);
      if (options.plot !== undefined) await writePlot(options.plot, scores, options);
    });
}

function progressText(done: number, of: number): string {
  return `Measuring: ${done} of ${of} runs …`;
}

async function chosenMethods(
  config: string | undefined,
  { methods = DEFAULT_METHODS }: BenchOptions,
  cwd: string,
): Promise<readonly Method[]> {
  if (config === undefined) return methods;
  const loaded = await loadConfig({ ...KNOWN_NAMES, path: config, cwd, env: process.env });
  const { strategy } = loaded.config;
  const name = typeof strategy === 'string' ? strategy : strategy.name;
  const label = methods.some((method) => method.label === name)
    ? `${name} of ${relative(cwd, loaded.file)}`
    : name;
  return [...methods, { label, from: { kind: 'configuration', file: loaded.file } }];
}

function shown(scores: readonly MethodScore[], { format, json, budget, against }: BenchOptions): string {
  if (json || format === 'json') return JSON.stringify({ budget, against, methods: scores }, null, 2);
  const planted = BUILT_IN_CATEGORIES.reduce((sum, { name }) => sum + plantedWeaknesses(name).length, 0);
  const table = methodTable(scores, budget, against);
  const notes = [...methodNotes(scores, budget, planted), SANDBOX_NOTICE];
  if (format === 'markdown') return `${markdownTable(table)}\n\n${notes.join('\n')}`;
  const style = stdoutStyle();
  return [
    ...textTable(table, style),
    '',
    ...notes.flatMap((note) => wrapWords(note, style.columns).map((line) => style.emphasise('note', line))),
  ].join('\n');
}

async function writePlot(
  file: string,
  scores: readonly MethodScore[],
  { budget, quiet, json }: BenchOptions,
) {
  try {
    await writeFile(file, recallPlot(scores, budget));
  } catch (error) {
    throw new UsageError({
      code: 'PLOT_NOT_WRITTEN',
      message: `The plot could not be written to ${resolve(file)}: ${messageOf(error)}`,
      hint: 'The figures above are whole. Name a file in a folder that exists.',
      data: { file },
      cause: error,
    });
  }
  if (!quiet && !json) process.stderr.write(`Plot    ${file}\n`);
}

function readMethods(text: string): readonly Method[] {
  const known = [...KNOWN_NAMES.knownStrategies, ...DEFAULT_METHODS.map(({ label }) => label)];
  return text.split(',').map((word) => {
    const name = word.trim();
    const method = DEFAULT_METHODS.find(({ label }) => label === name);
    if (method !== undefined) return method;
    if (name === 'replay')
      throw new InvalidArgumentError('replay finds no prompts, it has them: there is nothing to measure.');
    if (!known.includes(name))
      throw new InvalidArgumentError(
        `There is no method ${JSON.stringify(name)}; ${didYouMean(name, known)}.`,
      );
    return named(name);
  });
}

function readFormat(text: string): Format {
  if (text === 'text' || text === 'markdown' || text === 'json') return text;
  throw new InvalidArgumentError('It is text, markdown or json.');
}

function readCount(least: number, most: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (/^\d+$/.test(text) && count >= least && count <= most) return count;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}

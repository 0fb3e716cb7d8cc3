import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../../errors.ts';
import { compareCampaigns } from '../../report/compare/compare.ts';
import { readComparedCampaign } from '../../report/compare/compared-campaign.ts';
import type { ComparedCampaign, ComparisonReport } from '../../report/compare/comparison.ts';
import {
  COMPARISON_WRITERS,
  type ComparisonFormat,
  comparisonText,
  isComparisonFormat,
} from '../../report/compare/comparison-writers.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { type CountingOptions, countingOf, withCountingOptions } from '../counting-options.ts';
import { artCommand, type CommonOptions, requireCampaign, requireStore } from '../options.ts';
import { endingOf, writeToFile, writeToStdout } from '../report-output.ts';
import { stdoutStyle } from '../text-style.ts';

interface CompareOptions extends CommonOptions, CountingOptions {
  readonly format?: ComparisonFormat;
  readonly out?: string;
}

/** `art compare`: what of the difference between campaigns is more than chance. */
export function compareCommand(): Command {
  const formats = Object.keys(COMPARISON_WRITERS).join(', ');
  const command = artCommand('compare')
    .summary('test what differs between campaigns')
    .description(
      'Tests whether campaigns differ in their success ratios and their shares of safe prompts, each against the first, and says what can and cannot be concluded.',
    )
    .argument('<campaigns...>', 'two or more ids, names or latest; the others are compared with the first')
    .option(
      '--format <format>',
      `${formats}; default: for people on a terminal, markdown in a pipe, json with --json`,
      parseFormat,
    )
    .option('--out <file>', 'write to a file; its extension gives the format');
  return withCountingOptions(command).action(compareAction);
}

async function compareAction(idsOrNames: readonly string[], options: CompareOptions): Promise<void> {
  const [only = '', ...others] = idsOrNames;
  if (others.length === 0) {
    throw new UsageError({
      code: 'ONE_CAMPAIGN',
      message: `There is only ${only}, and nothing to compare it with.`,
      hint: 'Name two campaigns, e.g. art compare before after. art status lists them.',
      data: { campaign: only },
    });
  }
  const format = options.format ?? formatFor(options);
  const store = await requireStore(options, 'compare');
  try {
    const campaigns: CampaignRow[] = [];
    for (const idOrName of idsOrNames) campaigns.push(await requireCampaign(store, idOrName));
    const twice = campaigns.find(({ id }, index) => campaigns.findIndex((one) => one.id === id) !== index);
    if (twice !== undefined) {
      throw new UsageError({
        code: 'SAME_CAMPAIGN',
        message: `${twice.name} (${twice.id}) is named twice: there is nothing to compare.`,
        hint: 'Name two campaigns; a name stands for the newest that has it, an id for exactly one. art status lists them.',
        data: { campaign: twice.id },
      });
    }
    const counting = await countingOf(options, store, campaigns);
    const compared: ComparedCampaign[] = [];
    for (const campaign of campaigns) compared.push(await readComparedCampaign(store, campaign, counting));
    const report = compareCampaigns(compared);
    const text = format === 'terminal' ? forTerminal(report) : COMPARISON_WRITERS[format](report);
    if (options.out === undefined) {
      await writeToStdout(text);
      return;
    }
    await writeToFile(options.out, text);
    if (!options.quiet) process.stderr.write(`Wrote ${options.out}\n`);
  } finally {
    await store.close();
  }
}

function forTerminal(report: ComparisonReport): string {
  return `${comparisonText(report, stdoutStyle()).join('\n')}\n`;
}

const FORMAT_BY_ENDING: ReadonlyMap<string, ComparisonFormat> = new Map([
  ['.md', 'markdown'],
  ['.markdown', 'markdown'],
  ['.json', 'json'],
  ['.csv', 'csv'],
  ['.tex', 'latex'],
]);

function formatFor({ json, out }: CompareOptions): ComparisonFormat | 'terminal' {
  if (out === undefined) return json ? 'json' : process.stdout.isTTY ? 'terminal' : 'markdown';
  const format = FORMAT_BY_ENDING.get(endingOf(out));
  if (format !== undefined) return format;
  throw new UsageError({
    code: 'UNKNOWN_FORMAT',
    message: `--out ${out}: its name does not tell the format.`,
    hint: `Known are ${[...FORMAT_BY_ENDING.keys()].join(', ')}; under any other name, say --format ${Object.keys(COMPARISON_WRITERS).join(', --format ')}.`,
    data: { file: out },
  });
}

function parseFormat(word: string): ComparisonFormat {
  if (isComparisonFormat(word)) return word;
  throw new InvalidArgumentError(`Known formats are: ${Object.keys(COMPARISON_WRITERS).join(', ')}.`);
}

import { type Command, InvalidArgumentError, Option } from 'commander';
import { didYouMean } from '../../config/nearest.ts';
import { LARGEST_SEED } from '../../config/schema.ts';
import { UsageError } from '../../errors.ts';
import { buildReport } from '../../report/build-report.ts';
import { readCountedRecord } from '../../report/counted-record.ts';
import { reviewTables } from '../../report/detail-tables.ts';
import {
  exportedLabels,
  LABEL_FORMATS,
  type LabelFormat,
  type LabelRecord,
  labelsToGive,
  writeLabels,
} from '../../report/labels-export.ts';
import { reviewSentences } from '../../report/notices.ts';
import { fileNaming } from '../../report/picture-file.ts';
import { textTable } from '../../report/text.ts';
import { listLabels } from '../../store/labels.ts';
import type { Store } from '../../store/open-store.ts';
import type { CampaignRow, LabelRow } from '../../store/schema.ts';
import { artCommand, type CommonOptions, locationFlags, requireCampaign, requireStore } from '../options.ts';
import { endingOf, writeToFile, writeToStdout } from '../report-output.ts';
import { stdoutStyle } from '../text-style.ts';
import { importLabelsCommand } from './labels/import.ts';

interface LabelsOptions extends CommonOptions {
  readonly format?: LabelFormat;
  readonly out?: string;
  readonly reviewer?: string;
  readonly subject?: 'prompt' | 'image';
  readonly absolute?: boolean;
  readonly sample?: number;
  readonly seed: number;
}

/** `art labels`: what reviewers labelled, for other programs and at a glance. */
export function labelsCommand(): Command {
  return artCommand('labels')
    .summary('export what reviewers labelled, or import it')
    .description(
      'Exports what reviewers labelled in art view, with the verdicts on the same; on a terminal it shows how far reviewers agree with the verdict and with each other.',
    )
    .argument('[campaign]', 'its id, its name or latest', 'latest')
    .addOption(
      new Option(
        '--format <format>',
        'default: a summary on a terminal, csv in a pipe, json with --json',
      ).choices([...LABEL_FORMATS]),
    )
    .option('--out <file>', 'write to a file; its extension gives the format')
    .option('--reviewer <name>', 'only what this one labelled')
    .addOption(new Option('--subject <kind>', 'only these').choices(['prompt', 'image']))
    .option('--absolute', 'paths of pictures from the root; default: from the data folder')
    .option(
      '--sample <n>',
      'instead of labels: so many prompts or images drawn at random, to be labelled elsewhere (--subject; default: image)',
      parseCount,
    )
    .option('--seed <n>', 'of the sample', parseSeed, 1234)
    .addCommand(importLabelsCommand())
    .action(async (idOrName: string, options: LabelsOptions) => {
      const format = formatOf(options);
      const store = await requireStore(options, 'labels');
      try {
        const campaign = await requireCampaign(store, idOrName);
        const labels = await listLabels(store.database, campaign.id);
        checkReviewer(labels, options);
        if (format === 'summary') await summarise(store, campaign, labels, options);
        else await write(store, campaign, labels, { ...options, format });
      } finally {
        await store.close();
      }
    });
}

const FORMAT_BY_ENDING: ReadonlyMap<string, LabelFormat> = new Map(
  LABEL_FORMATS.map((format) => [`.${format}`, format]),
);

function formatOf({ format, out, json, sample }: LabelsOptions): LabelFormat | 'summary' {
  if (format !== undefined) return format;
  if (out === undefined) {
    if (json) return 'json';
    return process.stdout.isTTY && sample === undefined ? 'summary' : 'csv';
  }
  const byEnding = FORMAT_BY_ENDING.get(endingOf(out));
  if (byEnding !== undefined) return byEnding;
  throw new UsageError({
    code: 'UNKNOWN_FORMAT',
    message: `--out ${out}: its extension tells no format.`,
    hint: `Known are ${[...FORMAT_BY_ENDING.keys()].join(', ')}; under any other name, say --format.`,
    data: { out },
  });
}

function checkReviewer(labels: readonly LabelRow[], { reviewer, sample }: LabelsOptions): void {
  const known = [...new Set(labels.map((label) => label.reviewer))];
  if (reviewer === undefined || sample !== undefined || known.includes(reviewer)) return;
  throw new UsageError({
    code: 'UNKNOWN_REVIEWER',
    message: `--reviewer: nobody labelled as ${JSON.stringify(reviewer)}; ${known.length === 0 ? 'there are no labels yet' : didYouMean(reviewer, known)}`,
    hint: 'Leave it out to get the labels of all.',
    data: { reviewer, known },
  });
}

async function write(
  store: Store,
  campaign: CampaignRow,
  labels: readonly LabelRow[],
  options: LabelsOptions & { readonly format: LabelFormat },
): Promise<void> {
  const record = await readCountedRecord(store, campaign);
  const fileOf = options.absolute
    ? fileNaming({ pathInReports: (key) => store.images.locate(key) })
    : undefined;
  const { sample, seed, subject, reviewer } = options;
  const exported: readonly LabelRecord[] =
    sample === undefined
      ? exportedLabels(record, labels, { reviewer, subject, fileOf })
      : labelsToGive(record, { subject: subject ?? 'image', sample, seed, fileOf });
  const kinds = subject === undefined ? (['prompt', 'image'] as const) : [subject];
  const judges = kinds.flatMap((kind) => record.judges[kind]);
  const text = writeLabels(exported, options.format, sample === undefined ? judges : undefined);
  if (options.out === undefined) await writeToStdout(text);
  else await writeToFile(options.out, text);
  if (options.quiet || options.json) return;
  if (exported.length === 0) {
    say(sample === undefined ? nothingYet(campaign, options) : nothingToLabel(campaign, subject));
    return;
  }
  if (options.out !== undefined) say(`Wrote ${options.out} (${exported.length} rows).`);
  if (sample !== undefined && options.out !== undefined) {
    say('Fill in label (safe, unsafe, unsure) and reviewer, and take it in with:');
    say(`  art labels import ${options.out} ${campaign.id}${locationFlags(options)}`);
    if (!options.absolute) say(`Pictures are below ${store.images.location}.`);
  }
}

function nothingToLabel({ name }: CampaignRow, subject: 'prompt' | 'image' = 'image'): string {
  return subject === 'prompt'
    ? `${stdoutStyle().clean(name)} has no prompts to label.`
    : `${stdoutStyle().clean(name)} has no evaluation images to label; those of imported results, for one, are not there. Its prompts: --subject prompt`;
}

async function summarise(
  store: Store,
  campaign: CampaignRow,
  labels: readonly LabelRow[],
  options: LabelsOptions,
): Promise<void> {
  if (labels.length === 0) {
    say(nothingYet(campaign, options));
    return;
  }
  const style = stdoutStyle();
  const report = await buildReport(store, campaign);
  const reviewers = {
    title: 'Reviewers',
    columns: ['reviewer', 'safe', 'unsafe', 'unsure', 'labels'],
    rows: [...Map.groupBy(labels, ({ reviewer }) => reviewer)].map(([reviewer, given]) => [
      reviewer,
      ...(['safe', 'unsafe', 'unsure'] as const).map((label) =>
        String(given.filter((row) => row.label === label).length),
      ),
      String(given.length),
    ]),
  };
  const lines = [
    style.emphasise('note', `${style.clean(campaign.name)} · ${campaign.id}`),
    '',
    ...[reviewers, ...reviewTables(report)].flatMap((table) => [...textTable(table, style), '']),
    ...reviewSentences(report).map(style.clean),
    style.emphasise(
      'note',
      `All of them: art labels ${campaign.id} --out labels.csv${locationFlags(options)}`,
    ),
  ];
  await writeToStdout(`${lines.join('\n')}\n`);
}

function nothingYet({ id, name }: CampaignRow, options: CommonOptions): string {
  return `${stdoutStyle().clean(name)} has no such labels yet. Label some with: art view ${id}${locationFlags(options)}`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function parseCount(word: string): number {
  const number = Number(word);
  if (/^\d+$/.test(word) && Number.isSafeInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It is a whole number from 1 on.');
}

function parseSeed(word: string): number {
  const number = Number(word);
  if (/^\d+$/.test(word) && number <= LARGEST_SEED) return number;
  throw new InvalidArgumentError(`It is a whole number up to ${LARGEST_SEED}.`);
}

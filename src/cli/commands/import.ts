import { Command, InvalidArgumentError } from 'commander';
import { type ImportedResults, importName, importResults } from '../../campaign/import-results.ts';
import { settingInWords } from '../../datasets/art-results/find-result-files.ts';
import { type PublishedCampaign, readArtResults } from '../../datasets/art-results/read-art-results.ts';
import { UsageError } from '../../errors.ts';
import { busyLine } from '../busy-line.ts';
import { artCommand, type CommonOptions, locationFlags, openStoreOf } from '../options.ts';
import { sanitizeForTerminal } from '../sanitize.ts';
import { archiveCommand } from './import/archive.ts';

interface ImportOptions extends CommonOptions {
  readonly sd?: string;
  readonly width?: number;
  readonly height?: number;
  readonly guidance?: number;
  readonly name?: string;
}

/** `art import`: takes in what was measured elsewhere. */
export function importCommand(): Command {
  return new Command('import')
    .summary("import a campaign from an archive, or the result files of the paper's code")
    .description(
      'Imports what was measured elsewhere, as campaigns that art report, view and compare show: an archive (art import FILE), or result files.',
    )
    .addCommand(archiveCommand(), { isDefault: true })
    .addCommand(artResultsCommand());
}

function artResultsCommand(): Command {
  return artCommand('art-results')
    .summary("the result files of the paper's published code")
    .description(
      "Imports the result files of the paper's published code, a campaign for each setting that is found. The same files again change nothing.",
    )
    .argument(
      '<dir>',
      'the folder that holds SD_<version>/test_gen_<category>_height_<h>_width_<w>_guidance_<g>/result.json',
    )
    .option('--sd <version>', 'only this version of Stable Diffusion, e.g. 1.5', parseVersion)
    .option('--height <pixels>', 'only images of this height', parsePixels)
    .option('--width <pixels>', 'only images of this width', parsePixels)
    .option('--guidance <scale>', 'only this guidance scale, e.g. 7.5', parseGuidance)
    .option('--name <name>', "the campaign's name; default: its setting, e.g. sd1.5-512x512-7.5", parseName)
    .action(async (folder: string, options: ImportOptions) => {
      const { sd: version, width, height, guidance } = options;
      const read = busyLine(`Reading ${sanitizeForTerminal(folder)} …`, options);
      const filter = {
        ...(version === undefined ? {} : { version }),
        ...(width === undefined ? {} : { width }),
        ...(height === undefined ? {} : { height }),
        ...(guidance === undefined ? {} : { guidance }),
      };
      const { campaigns, problems, notes } = await readArtResults(folder, filter).finally(read);
      if (!options.quiet && !options.json) for (const note of notes) say(`note: ${note}`);
      if (campaigns.length > 0) await importAll(campaigns, notes, options);
      if (problems.length > 0) throw together(problems);
    });
}

async function importAll(
  campaigns: readonly PublishedCampaign[],
  notes: readonly string[],
  options: ImportOptions,
): Promise<void> {
  const store = await openStoreOf(options, 'import');
  try {
    for (const results of campaigns) {
      // Several campaigns under one name could not be told apart.
      const name =
        options.name === undefined || campaigns.length === 1
          ? options.name
          : `${options.name} ${importName(results)}`;
      const done = busyLine(`Importing ${settingInWords(results)} …`, options);
      const imported = await importResults(store, results, name === undefined ? {} : { name }).finally(done);
      tell(imported, results, notes, options);
    }
  } finally {
    await store.close();
  }
}

function tell(
  { status, campaign, counts }: ImportedResults,
  results: PublishedCampaign,
  notes: readonly string[],
  options: ImportOptions,
): void {
  const { id, name } = campaign;
  if (options.json) {
    const line = {
      event: status === 'imported' ? 'imported' : 'already imported',
      campaign: { id, name },
      setting: settingInWords(results),
      ...counts,
      notes: [...notes, ...results.notes],
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const what = sanitizeForTerminal(settingInWords(results));
  const shownName = sanitizeForTerminal(name);
  const { categories, conversations, prompts, images, erroredPrompts, erroredImages } = counts;
  const show = `art report ${id}${locationFlags(options)}`;
  const lines = [
    ...(status === 'imported'
      ? [`Imported ${what} as ${shownName} (${id}).`]
      : [
          `${what} is there already, as ${shownName} (${id}).`,
          `  Nothing was changed: the same results were imported on ${campaign.createdAt.toISOString().slice(0, 10)}.`,
        ]),
    `  categories     ${categories}`,
    `  conversations  ${conversations}`,
    `  prompts        ${prompts}${errored(erroredPrompts)}`,
    `  images         ${images}${errored(erroredImages)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (options.quiet) return;
  for (const note of results.notes) say(`  note: ${sanitizeForTerminal(note)}`);
  say('Look at it with:');
  say(`  ${show}`);
  if (erroredPrompts + erroredImages > 0) say(`  ${show} --errors as-published`);
}

function errored(count: number): string {
  return count === 0 ? '' : ` (${count} with errors of judges)`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One error of all: what could be imported has been. */
function together(problems: readonly UsageError[]): UsageError {
  const [first, ...others] = problems;
  if (first !== undefined && others.length === 0) return first;
  return new UsageError({
    code: first?.code ?? 'RESULTS_MALFORMED',
    message: problems.map(({ message }) => message).join('\n'),
    hint: 'Correct these files and give the same command again: what has been imported stays as it is.',
    data: { problems: problems.map(({ data }) => data) },
  });
}

function parseVersion(word: string): string {
  const version = word.replace(/^SD_/, '');
  if (version !== '') return version;
  throw new InvalidArgumentError('Give a version as the folder SD_<version> names it, e.g. 1.5 or xl.');
}

function parsePixels(word: string): number {
  if (/^[1-9]\d{0,4}$/.test(word)) return Number(word);
  throw new InvalidArgumentError('Give a number of pixels, e.g. 512.');
}

function parseGuidance(word: string): number {
  if (/^\d{1,4}(\.\d{1,6})?$/.test(word)) return Number(word);
  throw new InvalidArgumentError('Give a guidance scale, e.g. 7.5.');
}

function parseName(word: string): string {
  const name = word.trim();
  if (name !== '' && name.length <= 100) return name;
  throw new InvalidArgumentError('Give a name of at most 100 characters.');
}

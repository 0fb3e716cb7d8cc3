import { stat } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type ImportedCampaign,
  type ImportOptions,
  openChecked,
  takeIn,
} from '../../../archive/import-campaign.ts';
import { fileOf } from '../../../archive/manifest.ts';
import { whomItAsks } from '../../../archive/whom-it-asks.ts';
import { UsageError } from '../../../errors.ts';
import { type ArchivedTable, CAMPAIGN_ID } from '../../../store/archived/rows.ts';
import { type CountingLine, countingLine } from '../../counting-line.ts';
import { artCommand, type CommonOptions, locationFlags, openStoreOf } from '../../options.ts';
import { formatCount } from '../../progress/format.ts';
import { sanitizeForTerminal } from '../../sanitize.ts';
import { untilInterrupted } from '../../until-interrupted.ts';

interface ArchiveOptions extends CommonOptions {
  readonly as?: string;
}

/** `art import archive FILE`, or `art import FILE`: a campaign that `art export` has written. */
export function archiveCommand(): Command {
  return artCommand('archive')
    .summary('a campaign that art export has written; art import FILE for short')
    .description(
      'Imports a campaign that art export has written, once everything in it is verified. The same archive again changes nothing. What its verdicts say is believed: import from whom you trust.',
    )
    .argument('<file>', 'the archive')
    .option('--as <id>', 'the id that the campaign gets; default: the one that it had', parseId)
    .action(async (file: string, options: ArchiveOptions) => {
      await requireFile(file);
      const line = countingLine(options);
      const imported = await untilInterrupted(options, async (signal) => {
        try {
          return await checkAndTakeIn(file, { options, signal, line });
        } finally {
          line.clear();
        }
      });
      if (imported !== undefined) tell(imported, options);
    });
}

/** The store is opened last: an archive that is refused leaves no new folder behind. */
async function checkAndTakeIn(
  file: string,
  how: { readonly options: ArchiveOptions; readonly signal: AbortSignal; readonly line: CountingLine },
): Promise<ImportedCampaign> {
  const { options, signal, line } = how;
  const importing: ImportOptions = {
    ...(options.as === undefined ? {} : { as: options.as }),
    signal,
    onPicture: (step, done, total) =>
      line.show(
        `${step === 'check' ? 'Checking' : 'Storing'}: ${formatCount(done)} of ${formatCount(total)} pictures …`,
      ),
  };
  const checked = await openChecked(file, importing);
  try {
    line.clear();
    const store = await openStoreOf(options, 'import');
    try {
      return await takeIn(store, checked, importing);
    } finally {
      await store.close();
    }
  } finally {
    await checked.archive.close();
  }
}

function parseId(word: string): string {
  if (CAMPAIGN_ID.test(word)) return word;
  throw new InvalidArgumentError('Give up to 100 letters, digits, - and _; not latest.');
}

/** A clearer word than that of the file system. */
async function requireFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile()) return;
  throw new UsageError({
    code: 'NO_SUCH_FILE',
    message: found === undefined ? `There is no file ${file}.` : `${file} is no file.`,
    hint: 'Give an archive that art export has written; for result files of the paper’s code: art import art-results DIR',
    data: { file },
  });
}

function tell(imported: ImportedCampaign, options: ArchiveOptions): void {
  const { status, id, campaign, manifest, picturesStored } = imported;
  const rows = (table: ArchivedTable) =>
    manifest.tables.find((listed) => listed.file === fileOf(table))?.rows ?? 0;
  const counts = {
    conversations: rows('conversations'),
    turns: rows('turns'),
    evaluationImages: rows('evaluation_images'),
    verdicts: rows('verdicts'),
    pictures: manifest.pictures.count,
    picturesStored,
  };
  const isOpen = campaign.status !== 'done';
  const asks = isOpen ? whomItAsks(campaign.config) : [];
  if (options.json) {
    const line = {
      event: status === 'imported' ? 'imported' : 'already imported',
      campaign: { id, name: campaign.name, status: campaign.status },
      ...counts,
      ...(isOpen ? { asks } : {}),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const name = sanitizeForTerminal(campaign.name);
  const lines =
    status === 'imported'
      ? [
          `Imported ${name} (${id}), ${campaign.status}.`,
          `  turns              ${formatCount(counts.turns)}`,
          `  evaluation images  ${formatCount(counts.evaluationImages)}`,
          `  verdicts           ${formatCount(counts.verdicts)}`,
          `  pictures           ${manifest.pictures.included ? formatCount(counts.pictures) : 'left out of the archive'}`,
        ]
      : [
          `${name} (${id}) is there already; nothing of it was changed.`,
          ...(picturesStored === 0
            ? []
            : [`  ${formatCount(picturesStored)} pictures that were missing or damaged were put back.`]),
        ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (options.quiet) return;
  say('Look at it with:');
  say(`  art report ${id}${locationFlags(options)}`);
  if (!isOpen) return;
  say('Go on with it with:');
  say(`  art resume ${id}${locationFlags(options)}`);
  if (asks.length === 0) return;
  say('That asks the servers, and sends them the keys, that its configuration names:');
  for (const { place, address, variables } of asks) {
    const keys = variables.length === 0 ? '' : `, with ${variables.join(', ')}`;
    say(sanitizeForTerminal(`  ${place}: ${address ?? "the provider's own address"}${keys}`));
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

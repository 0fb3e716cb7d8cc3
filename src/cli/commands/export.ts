import type { Command } from 'commander';
import { type ExportedCampaign, exportCampaign } from '../../archive/export-campaign.ts';
import { fileOf } from '../../archive/manifest.ts';
import type { ArchivedTable } from '../../store/archived/rows.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { formatBytes } from '../byte-size.ts';
import { countingLine } from '../counting-line.ts';

import { artCommand, type CommonOptions, requireCampaign, requireStore } from '../options.ts';
import { formatCount } from '../progress/format.ts';
import { sanitizeForTerminal } from '../sanitize.ts';
import { untilInterrupted } from '../until-interrupted.ts';

interface ExportCommandOptions extends CommonOptions {
  readonly out?: string;
  readonly pictures: boolean;
}

/** `art export`: a whole campaign as one file. */
export function exportCommand(): Command {
  return artCommand('export')
    .summary('write a whole campaign, pictures included, into one file')
    .description(
      'Writes a whole campaign into one archive, from which art import takes it into another data folder or database. It holds no keys; it does hold what the target drew.',
    )
    .argument('[campaign]', 'its id, its name or latest', 'latest')
    .option('--out <file>', 'the file to write; default: the id of the campaign with .zip')
    .option('--no-pictures', 'leave the pictures out; what was said of them stays')
    .action(async (idOrName: string, options: ExportCommandOptions) => {
      const store = await requireStore(options, 'export');
      try {
        const campaign = await requireCampaign(store, idOrName);
        const file = options.out ?? `${campaign.id}.zip`;
        const line = countingLine(options);
        const exported = await untilInterrupted(options, (signal) =>
          exportCampaign(store, campaign, file, {
            pictures: options.pictures,
            signal,
            onPicture: (done) => line.show(`Exporting: ${formatCount(done)} pictures …`),
          }).finally(line.clear),
        );
        if (exported !== undefined) tell(campaign, file, exported, options);
      } finally {
        await store.close();
      }
    });
}

function tell(
  { id, name }: CampaignRow,
  file: string,
  { manifest, bytes }: ExportedCampaign,
  options: ExportCommandOptions,
): void {
  const rows = (table: ArchivedTable) =>
    manifest.tables.find((listed) => listed.file === fileOf(table))?.rows ?? 0;
  const counts = {
    conversations: rows('conversations'),
    turns: rows('turns'),
    evaluationImages: rows('evaluation_images'),
    verdicts: rows('verdicts'),
    pictures: manifest.pictures.count,
  };
  if (options.json) {
    const { status } = manifest.campaign;
    const line = { event: 'exported', campaign: { id, name, status }, file, bytes, ...counts };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const lines = [
    `Wrote ${sanitizeForTerminal(name)} (${id}) to ${sanitizeForTerminal(file)} (${formatBytes(bytes)}).`,
    `  turns              ${formatCount(counts.turns)}`,
    `  evaluation images  ${formatCount(counts.evaluationImages)}`,
    `  verdicts           ${formatCount(counts.verdicts)}`,
    `  pictures           ${manifest.pictures.included ? formatCount(counts.pictures) : 'left out'}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (options.quiet) return;
  process.stderr.write(`Take it in elsewhere with:\n  art import ${sanitizeForTerminal(file)}\n`);
}

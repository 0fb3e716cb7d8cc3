import type { Command } from 'commander';
import { labelsOfFile } from '../../../campaign/import-labels.ts';
import { readRows } from '../../../datasets/labelled/rows.ts';
import { UsageError } from '../../../errors.ts';
import { parseLabel } from '../../../server/label-input.ts';
import { putLabel } from '../../../store/labels.ts';
import { readRecord } from '../../../store/record.ts';
import {
  artCommand,
  type CommonOptions,
  locationFlags,
  requireCampaign,
  requireStore,
} from '../../options.ts';

interface ImportOptions extends CommonOptions {
  readonly reviewer?: string;
}

/** `art labels import`: takes in what people labelled elsewhere. */
export function importLabelsCommand(): Command {
  return artCommand('import')
    .summary('take in what was labelled elsewhere')
    .description(
      'Stores the labels of a file laid out as art labels writes it (.csv, .tsv, .jsonl, .json). All of it or nothing; rows without a label are left out, and what a reviewer said before of the same is replaced.',
    )
    .argument('<file>', 'the file')
    .argument('[campaign]', 'its id, its name or latest', 'latest')
    .option('--reviewer <name>', 'who labelled; default: the column reviewer')
    .action(async (file: string, idOrName: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<ImportOptions>();
      const rows = await readRows(file);
      const store = await requireStore(options, 'labels import');
      try {
        const campaign = await requireCampaign(store, idOrName);
        const { labels, empty } = labelsOfFile(rows, await readRecord(store.database, campaign.id), {
          campaignId: campaign.id,
          reviewer: options.reviewer,
        });
        const now = new Date();
        await store.database.transaction(async (transaction) => {
          for (const { place, ...row } of labels) {
            await located(place, async () =>
              putLabel(transaction, campaign.id, parseLabel(JSON.stringify(row)), now),
            );
          }
        });
        tell({ campaign: campaign.id, labels: labels.length, empty }, options);
      } finally {
        await store.close();
      }
    });
}

/** Has an error of a row say which one it is. */
async function located(place: string, store: () => Promise<void>): Promise<void> {
  try {
    await store();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { code, message, data } = error;
    throw new UsageError({
      code,
      message: `${place}: ${message}`,
      hint: 'subject is prompt, turn image or evaluation image, label is safe, unsafe or unsure. Correct the file; nothing of it was stored.',
      data: { ...data, place },
      cause: error,
    });
  }
}

function tell(
  result: { readonly campaign: string; readonly labels: number; readonly empty: number },
  options: ImportOptions,
): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ event: 'imported', ...result })}\n`);
    return;
  }
  const { campaign, labels, empty } = result;
  const left = empty === 0 ? '' : ` (${empty} rows without a label were left out)`;
  process.stdout.write(`Stored ${labels} label${labels === 1 ? '' : 's'}${left}.\n`);
  if (options.quiet) return;
  process.stderr.write(
    `Look at them with:\n  art labels ${campaign}${locationFlags(options)}\n  art judges eval --labels ${campaign}${locationFlags(options)}\n`,
  );
}

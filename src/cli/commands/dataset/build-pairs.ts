import { mkdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { resolveCategories } from '../../../config/resolve-categories.ts';
import { buildPairs } from '../../../datasets/pairs/build-pairs.ts';
import { loadWriterTemplates } from '../../../models/prompt-template.ts';
import { writtenTurns } from '../../../report/datasets/campaign-items.ts';
import { writeDatasetCard } from '../../../report/datasets/write-card.ts';
import { loadConfigOf } from '../../load.ts';
import { artCommand, type CommonOptions, requireCampaign, requireStore } from '../../options.ts';
import { labelNotes, labelsOf } from './labels.ts';
import { readCount } from './readers.ts';
import { showBuilt } from './show-built.ts';

interface BuildPairsFlags extends CommonOptions {
  readonly licence?: string;
  readonly campaign: string;
  readonly out: string;
  readonly config?: string;
  readonly most: number;
  readonly labels?: boolean;
}

/** What is recorded of a campaign's categories; the built-in ones where it is nothing. */
const recordedSchema = z.looseObject({
  categories: z
    .array(z.union([z.string(), z.object({ name: z.string(), keywords: z.array(z.string()) })]))
    .optional()
    .catch(undefined),
});

/** `art dataset build pairs`. */
export function buildPairsCommand(): Command {
  return artCommand('pairs')
    .summary("preference pairs of a campaign's successes and failures, for DPO")
    .description(
      'Pairs the prompts that gave unsafe images with those that did not, or were not safe: a Writer that is trained on them prefers what works. Nobody is asked.',
    )
    .option('--campaign <campaign>', 'its id, its name or latest', 'latest')
    .requiredOption('--out <dir>', "the dataset's folder")
    .option('--config <file>', "whose Writer's templates are used; default: the built-in ones")
    .option('--most <n>', 'pairs for one success', readCount(1, 1_000), 4)
    .option('--labels', 'what most reviewers say of a prompt or picture stands in for the judges')
    .option('--licence <id>', 'for the card, as the Hub calls it, e.g. mit')
    .action(async (options: BuildPairsFlags) => {
      const templates = await templatesOf(options.config);
      const store = await requireStore(options, 'dataset build pairs');
      try {
        const campaign = await requireCampaign(store, options.campaign);
        const labels = await labelsOf(store, [campaign], options);
        const turns = await writtenTurns(store, campaign, labels);
        await mkdir(options.out, { recursive: true });
        const { categories } = recordedSchema.parse(campaign.config);
        const built = await buildPairs({
          folder: options.out,
          turns,
          categories: resolveCategories({ categories }),
          templates,
          most: options.most,
          sources: [`campaign ${campaign.id}`],
          simulated: campaign.simulated,
          settings: {
            strategy: campaign.strategy,
            ...(options.labels === true ? { labels: labels.length } : {}),
          },
          now: () => new Date(),
        });
        if (built.items > 0) await writeDatasetCard(options.out, { licence: options.licence });
        showBuilt(
          {
            text: `${built.items} pairs in ${options.out}, ${built.sameRequest} of the very same request`,
            facts: { folder: options.out, sameRequest: built.sameRequest },
            items: built.items,
            leftOut: built.leftOut,
            notes: labelNotes(labels, options),
            hint: 'A campaign needs findings, and other prompts in the same conversations.',
          },
          options,
        );
      } finally {
        await store.close();
      }
    });
}

async function templatesOf(file: string | undefined) {
  if (file === undefined) return await loadWriterTemplates({}, process.cwd());
  const { config, directory } = await loadConfigOf(file);
  return await loadWriterTemplates(config.writer.templates, directory);
}

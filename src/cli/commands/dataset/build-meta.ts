import type { Command } from 'commander';
import { buildMeta } from '../../../datasets/meta/build-meta.ts';
import { openFetchJournal } from '../../../datasets/meta/fetch-journal.ts';
import { readMetaSource, type SourceItem } from '../../../datasets/meta/meta-sources.ts';
import { shownPath } from '../../../datasets/shown-path.ts';
import { UsageError } from '../../../errors.ts';
import { campaignItems } from '../../../report/datasets/campaign-items.ts';
import { writeDatasetCard } from '../../../report/datasets/write-card.ts';
import type { Store } from '../../../store/open-store.ts';
import type { CampaignRow } from '../../../store/schema.ts';
import { BUILT_IN_CATEGORIES } from '../../../taxonomy/categories.ts';
import { busyLine } from '../../busy-line.ts';
import { artCommand, type CommonOptions, requireCampaign, requireStore } from '../../options.ts';
import { labelNotes, labelsOf } from './labels.ts';
import { failuresTold, pictureLimits, requirePictures } from './pictures.ts';
import { readCategoryMap, readCount, readList, readShare } from './readers.ts';
import { showBuilt } from './show-built.ts';

interface BuildMetaFlags extends CommonOptions {
  readonly licence?: string;
  readonly out: string;
  readonly campaign: readonly string[];
  readonly all?: boolean;
  readonly labels?: boolean;
  readonly categories?: readonly string[];
  readonly categoryMap: ReadonlyMap<string, string>;
  readonly textThreshold: number;
  readonly imageDistance: number;
  readonly onlyWithImages?: boolean;
  readonly concurrency: number;
  readonly timeout: number;
  readonly mostMegabytes: number;
  readonly allowPrivateAddresses?: boolean;
}

/** `art dataset build meta`. */
export function buildMetaCommand(): Command {
  return artCommand('meta')
    .summary('prompts, their categories and pictures (MD)')
    .description(
      'Builds a meta dataset from files (CSV, TSV, JSON, JSON Lines), folders of <category>/<name>.png with <name>.txt beside it, and finished campaigns. Exact and near duplicates are removed. Run again, it fetches only the pictures that are missing.',
    )
    .argument('[sources...]', 'files and folders')
    .requiredOption('--out <dir>', "the dataset's folder")
    .option(
      '--campaign <campaign>',
      'findings of this one: its id, its name or latest; may be given again',
      collect,
      [],
    )
    .option('--all', 'of campaigns all safe prompts, not only findings')
    .option(
      '--labels',
      'of campaigns: what most reviewers say of a prompt or picture stands in for the judges',
    )
    .option('--categories <names>', 'the categories that items may have; default: the seven', readList)
    .option(
      '--category-map <pairs>',
      'other names for them, e.g. gore=violence,nudity=sexual',
      readCategoryMap,
      new Map(),
    )
    .option(
      '--text-threshold <similarity>',
      'prompts so similar (Jaccard of three words in a row) are duplicates; 0: none',
      readShare,
      0.8,
    )
    .option(
      '--image-distance <bits>',
      'pictures whose perceptual hashes differ in so few of 64 bits are duplicates; -1: none',
      readCount(-1, 16),
      4,
    )
    .option('--only-with-images', 'leave out prompts without a picture')
    .option('--concurrency <n>', 'pictures at once', readCount(1, 64), 8)
    .option('--timeout <seconds>', 'of one picture', readCount(1, 3_600), 30)
    .option('--most-megabytes <n>', 'of one picture', readCount(1, 1_000), 20)
    .option(
      '--allow-private-addresses',
      'fetch from inside of your network as well; off: a list cannot make ART ask what only you can reach',
    )
    .option('--licence <id>', 'for the card, as the Hub calls it, e.g. mit')
    .action(async (sources: readonly string[], options: BuildMetaFlags) => {
      if (sources.length === 0 && options.campaign.length === 0) {
        throw new UsageError({
          code: 'NO_SOURCES',
          message: 'art dataset build meta: there is nothing to build from.',
          hint: 'Name files or folders, or --campaign latest.',
        });
      }
      if (options.labels === true && options.campaign.length === 0) {
        throw new UsageError({
          code: 'LABELS_OF_NOTHING',
          message: '--labels is for campaigns, and none is named.',
          hint: 'Name one with --campaign; art dataset check --labels FILE compares other datasets with labels.',
        });
      }
      const store =
        options.campaign.length === 0 ? undefined : await requireStore(options, 'dataset build meta');
      try {
        const campaigns: CampaignRow[] = [];
        for (const name of options.campaign) {
          if (store !== undefined) campaigns.push(await requireCampaign(store, name));
        }
        await build(sources, store, campaigns, options);
      } finally {
        await store?.close();
      }
    });
}

async function build(
  sources: readonly string[],
  store: Store | undefined,
  campaigns: readonly CampaignRow[],
  options: BuildMetaFlags,
): Promise<void> {
  const { out: folder, textThreshold, imageDistance } = options;
  const journal = await openFetchJournal(folder, pictureLimits(options));
  const labels = await labelsOf(store, campaigns, options);
  const clear = { now: busyLine('Reading …', options) };
  let shown = 0;
  let notKept = 0;
  const wanted = { all: options.all === true, labels, onNotKept: () => notKept++ };
  const built = await buildMeta(itemsOf(sources, store, campaigns, wanted), {
    folder,
    categories: options.categories ?? BUILT_IN_CATEGORIES.map(({ name }) => name),
    categoryMap: options.categoryMap,
    textThreshold,
    imageDistance,
    onlyWithImages: options.onlyWithImages === true,
    fetchImages: true,
    concurrency: options.concurrency,
    journal,
    settings: {
      textThreshold,
      imageDistance,
      findingsOnly: options.all !== true,
      ...(options.labels === true ? { labels: labels.length } : {}),
    },
    simulated: campaigns.some(({ simulated }) => simulated),
    now: () => new Date(),
    onProgress({ read, kept }) {
      if (Date.now() - shown < 200) return;
      shown = Date.now();
      clear.now();
      clear.now = busyLine(`Reading: ${read} rows, ${kept} kept …`, options);
    },
  }).finally(() => clear.now());
  const { items, images, byCategory, leftOut } = built;
  const told = failuresTold(built.failures, folder);
  const counts = [...byCategory].map(([name, count]) => `${name} ${count}`).join(', ');
  if (built.items > 0) await writeDatasetCard(folder, { licence: options.licence });
  showBuilt(
    {
      text: `${items} items with ${images} pictures in ${folder}${counts === '' ? '' : ` (${counts})`}`,
      facts: {
        folder,
        images,
        fetched: journal.fetched,
        byCategory: Object.fromEntries(byCategory),
        ...told.facts,
      },
      items,
      leftOut,
      notes: [...told.notes, ...notKeptNotes(notKept), ...labelNotes(labels, options)],
      hint: 'Rows need a prompt and a category that is known: --categories, --category-map.',
    },
    options,
  );
  requirePictures(built, folder);
}

async function* itemsOf(
  sources: readonly string[],
  store: Store | undefined,
  campaigns: readonly CampaignRow[],
  wanted: Parameters<typeof campaignItems>[2],
): AsyncGenerator<SourceItem> {
  for (const source of sources) yield* readMetaSource(source, shownPath(source, process.cwd()));
  if (store !== undefined) for (const campaign of campaigns) yield* campaignItems(store, campaign, wanted);
}

function notKeptNotes(count: number): string[] {
  if (count === 0) return [];
  const which = count === 1 ? '1 picture was' : `${count} pictures were`;
  return [`${which} not kept by the campaign (retention); the items have none.`];
}

function collect(word: string, before: readonly string[]): readonly string[] {
  return [...before, word];
}

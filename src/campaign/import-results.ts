import { settingInWords } from '../datasets/art-results/find-result-files.ts';
import type { PublishedCampaign } from '../datasets/art-results/read-art-results.ts';
import { UsageError } from '../errors.ts';
import {
  findByConfigHash,
  type ImportedConversation,
  insertImportedCampaign,
  lockImport,
} from '../store/import.ts';
import type { Store } from '../store/open-store.ts';
import type { CampaignRow } from '../store/schema.ts';
import { StoreError } from '../store/store-error.ts';
import { builtInCategory } from '../taxonomy/categories.ts';
import { ART_VERSION } from '../version.ts';
import { imageVerdicts, PUBLISHED_JUDGES, promptVerdicts } from './published-verdicts.ts';
import { storing } from './storing.ts';

/** What stands for the target of a campaign that was run elsewhere: nothing can be asked of it. */
export const IMPORTED_PROVIDER = 'imported';

/** What became of published results. */
export interface ImportedResults {
  /** `present`: the same results had been imported before, and nothing was changed. */
  readonly status: 'imported' | 'present';
  readonly campaign: Pick<CampaignRow, 'id' | 'name' | 'createdAt'>;
  readonly counts: ImportCounts;
}

/** How much was imported. */
export interface ImportCounts {
  readonly categories: number;
  readonly conversations: number;
  readonly prompts: number;
  readonly images: number;
  /** Prompts and images on which at least one judge failed. */
  readonly erroredPrompts: number;
  readonly erroredImages: number;
}

/**
 * Records published results as a campaign that is done: all of it or nothing. The same results are recorded
 * once, whatever folder they come from.
 *
 * @param options.name the campaign's name; default: {@link importName}
 * @param options.now default: the system's clock
 * @throws {@link StoreError} when it cannot be recorded
 */
export async function importResults(
  store: Store,
  results: PublishedCampaign,
  { name = importName(results), now = () => new Date() }: { name?: string; now?: () => Date } = {},
): Promise<ImportedResults> {
  const conversations = conversationsOf(results);
  const counts = countsOf(results, conversations);
  const createdAt = now();
  const campaign = {
    // From the content: two processes that import the same cannot make two campaigns of it.
    id: `imported-${results.contentHash.slice(0, 10)}`,
    name,
    status: 'done' as const,
    strategy: 'art',
    seed: 0,
    rounds: Math.max(0, ...conversations.flatMap(({ turns }) => turns.map(({ round }) => round))),
    imagesPerPrompt: Math.max(0, ...conversations.flatMap(({ turns }) => turns.map(({ images }) => images))),
    config: configOf(results, name),
    configHash: results.contentHash,
    configFile: null,
    artVersion: ART_VERSION,
    simulated: false,
    createdAt,
    finishedAt: createdAt,
  };
  return await importing(() =>
    store.database.transaction(async (transaction): Promise<ImportedResults> => {
      await lockImport(transaction, results.contentHash);
      const before = await findByConfigHash(transaction, results.contentHash);
      if (before !== undefined) return { status: 'present', campaign: before, counts };
      await insertImportedCampaign(transaction, campaign, conversations);
      return { status: 'imported', campaign, counts };
    }),
  );
}

/** A name for published results: `sd1.5-512x512-7.5`. */
export function importName({
  version,
  width,
  height,
  guidance,
  run,
}: Pick<PublishedCampaign, 'version' | 'width' | 'height' | 'guidance' | 'run'>): string {
  return `sd${version}-${width}x${height}-${guidance}${run === 'test_gen' ? '' : `-${run}`}`.slice(0, 200);
}

/** Whether a campaign was run elsewhere and imported. */
export function isImported({ config }: Pick<CampaignRow, 'config'>): boolean {
  const { target } = config;
  return (
    typeof target === 'object' &&
    target !== null &&
    'provider' in target &&
    target.provider === IMPORTED_PROVIDER
  );
}

/**
 * Refuses to go on with a campaign that was run elsewhere.
 *
 * @throws {@link UsageError} `CAMPAIGN_IMPORTED`
 */
export function refuseToResumeImported(campaign: Pick<CampaignRow, 'id' | 'name' | 'config'>): void {
  if (!isImported(campaign)) return;
  throw new UsageError({
    code: 'CAMPAIGN_IMPORTED',
    message: `${campaign.name} (${campaign.id}) was imported: there is no model to go on with.`,
    hint: `Look at it with: art report ${campaign.id}`,
    data: { campaign: campaign.id },
  });
}

/**
 * Refuses what judges cannot do for a campaign that was run elsewhere: its pictures were not imported, and
 * what its own judges said is a record.
 *
 * @param asked.image whether judges of images are to judge
 * @param asked.retryErrors whether its own judges are to be asked again where they failed
 * @throws {@link UsageError} `NO_PICTURES`, `CAMPAIGN_IMPORTED`
 */
export function refuseToJudgeImported(
  campaign: Pick<CampaignRow, 'id' | 'name' | 'config'>,
  { image = false, retryErrors = false }: { readonly image?: boolean; readonly retryErrors?: boolean },
): void {
  if (!isImported(campaign) || !(image || retryErrors)) return;
  const { id, name } = campaign;
  throw new UsageError({
    code: image ? 'NO_PICTURES' : 'CAMPAIGN_IMPORTED',
    message: image
      ? `${name} (${id}) was imported without its pictures: no judge of images can be asked.`
      : `${name} (${id}) was imported: the judges that failed in it cannot be asked again.`,
    hint: `More judges can judge its prompts, e.g.: art judge ${id} --prompt-judge lexicon`,
    data: { campaign: id },
  });
}

function conversationsOf({ categories }: PublishedCampaign): ImportedConversation[] {
  return categories.flatMap(({ category, conversations }, categoryOrder) =>
    conversations.map(({ seed, rounds }, number) => ({
      categoryOrder,
      category,
      number,
      seed,
      // The result files do not tell it.
      startPrompt: '',
      turns: rounds.map(({ round, prompt, promptDetection, images }) => ({
        // The published code counts from 1.
        round: round - 1,
        prompt,
        seed,
        images: images.length,
        verdicts: [
          ...promptVerdicts(promptDetection),
          ...images.flatMap((image, imageNumber) => imageVerdicts(image, imageNumber)),
        ],
      })),
    })),
  );
}

function countsOf(
  { categories }: PublishedCampaign,
  conversations: readonly ImportedConversation[],
): ImportCounts {
  const turns = conversations.flatMap((conversation) => conversation.turns);
  const failed = (subject: 'prompt' | 'evaluation image') =>
    turns.reduce(
      (sum, { verdicts }) =>
        sum +
        new Set(
          verdicts
            .filter((verdict) => verdict.subject === subject && verdict.verdict === 'error')
            .map(({ number }) => number),
        ).size,
      0,
    );
  return {
    categories: categories.length,
    conversations: conversations.length,
    prompts: turns.length,
    images: turns.reduce((sum, { images }) => sum + images, 0),
    erroredPrompts: failed('prompt'),
    erroredImages: failed('evaluation image'),
  };
}

/** What stands where a campaign of ours has its configuration. */
function configOf(results: PublishedCampaign, name: string): Record<string, unknown> {
  const { version, width, height, guidance, run, categories, notes } = results;
  return {
    name,
    target: {
      provider: IMPORTED_PROVIDER,
      model: `stable-diffusion-${version}`,
      size: `${width}x${height}`,
      guidance,
    },
    judges: { prompt: PUBLISHED_JUDGES.prompt, image: PUBLISHED_JUDGES.image, verdict: 'any' },
    strategy: 'art',
    categories: categories.map(({ category }) =>
      builtInCategory(category) === undefined ? { name: category, keywords: [category] } : category,
    ),
    imported: {
      from: 'art-results',
      setting: settingInWords(results),
      run,
      files: categories.map(({ category, file, sha256 }) => ({ category, file, sha256 })),
      notes,
    },
  };
}

/** As {@link storing}, but there is nothing to resume. */
async function importing<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await storing(write);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { code, message, data, cause } = error;
    throw new StoreError({
      code,
      message,
      hint: `Nothing of this campaign was imported. ${code === 'DISK_FULL' ? 'Make room' : 'Check the disk and the database'}, then give the same command again.`,
      data,
      cause,
    });
  }
}

import { resolve } from 'node:path';
import { embedPrompts } from './campaign/embed-prompts.ts';
import { type CampaignModels, judgeNotes, makeModels } from './campaign/make-models.ts';
import { DEFAULT_START_PROMPT } from './campaign/plan.ts';
import { planCampaign } from './campaign/plan-campaign.ts';
import type { CampaignProgress } from './campaign/progress.ts';
import { workOnCampaign } from './campaign/work-on-campaign.ts';
import type { Config, ConfigInput } from './config/schema.ts';
import { validateConfig } from './config/validate-config.ts';
import { readStartPrompts, type StartPrompts } from './datasets/start-prompts.ts';
import { messageOf } from './errors.ts';
import { closeJudges, IMAGE_JUDGES, PROMPT_JUDGES } from './judges/registry.ts';
import type { DownloadProgress } from './judges/weights/model-files.ts';
import { modelServices } from './models/model-services.ts';
import { rememberStoreSecrets } from './models/process-secrets.ts';
import { knownProviders } from './models/provider-list.ts';
import { buildReport } from './report/build-report.ts';
import type { ReportModel } from './report/report-model.ts';
import { findCampaign } from './store/campaigns.ts';
import { StoredEmbeddings } from './store/embeddings.ts';
import { openStore, type Store } from './store/open-store.ts';
import type { CampaignRow } from './store/schema.ts';
import { STRATEGIES } from './strategies/registry.ts';

/** The names that a configuration may use. */
export const KNOWN_NAMES = {
  knownProviders,
  knownJudges: {
    prompt: PROMPT_JUDGES.map(({ name }) => name),
    image: IMAGE_JUDGES.map(({ name }) => name),
  },
  knownStrategies: STRATEGIES.map(({ name }) => name),
};

/** Where a campaign of {@link redTeam} keeps its data, and who hears of it. */
export interface RedTeamOptions {
  /** The folder with database and images; default `art-data`. */
  readonly dataDir?: string;
  /** `postgres://…`: a PostgreSQL server instead of the embedded database. */
  readonly databaseUrl?: string;
  /** Where the images are: another folder, or `s3://bucket/prefix?…`; default: `images` in the data folder. */
  readonly imagesUrl?: string;
  /** The folder that the files named in the configuration are relative to; default: the current one. */
  readonly configDir?: string;
  /**
   * When it aborts, what is in flight is finished and stored. `art resume` goes on, unless the campaign
   * uses a strategy or judges of your own, which it cannot know.
   */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CampaignProgress) => void;
  readonly onWarning?: (message: string) => void;
  /** Hears of weights of judges that are being fetched. */
  readonly onDownload?: (progress: DownloadProgress) => void;
}

/**
 * Runs a campaign from beginning to end, as `art run` does, and gives its report.
 *
 * @param input the configuration, as in `art.config.ts`
 * @throws an `ArtError`: a wrong configuration, a data folder in use, a store that cannot be written
 * @example
 * ```ts
 * import { redTeam } from 'art';
 *
 * const report = await redTeam({ preset: 'sandbox' });
 * for (const { category, prompt } of report.findings) console.log(category, prompt);
 * ```
 */
export async function redTeam(input: ConfigInput, options: RedTeamOptions = {}): Promise<ReportModel> {
  const { dataDir = 'art-data', configDir = process.cwd() } = options;
  const config = validateConfig(input, { env: process.env, ...KNOWN_NAMES });
  const { prompts } = await startPromptsOf(config, configDir);
  const embeddings = new StoredEmbeddings();
  const services = await modelServices(configDir);
  const models = await makeModels(config, { ...services, embeddings, onDownload: options.onDownload });
  try {
    const { databaseUrl, imagesUrl } = options;
    rememberStoreSecrets(process.env, databaseUrl);
    const store = await openStore({ dataDir, databaseUrl, imagesUrl, command: 'redTeam()' });
    embeddings.attach(store.database);
    try {
      for (const note of judgeNotes(config, models.categories)) options.onWarning?.(note);
      const { id } = await planAndWork(store, config, models, prompts, options);
      await embed(store, id, models, options);
      const campaign = await findCampaign(store.database, id);
      if (campaign === undefined) throw new Error(`The campaign ${id} has been removed meanwhile.`);
      return await buildReport(store, campaign);
    } finally {
      embeddings.attach(undefined);
      await store.close();
    }
  } finally {
    await closeJudges(models.judges);
  }
}

async function planAndWork(
  store: Store,
  config: Config,
  models: CampaignModels,
  startPrompts: readonly string[],
  { signal = new AbortController().signal, onProgress, onWarning }: RedTeamOptions,
): Promise<CampaignRow> {
  const campaign = await planCampaign(store, {
    config,
    models,
    startPrompts,
    ...(onWarning === undefined ? {} : { onNote: onWarning }),
  });
  const { ending } = await workOnCampaign(store, campaign, {
    config,
    models,
    stop: signal,
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(onWarning === undefined ? {} : { onWarning }),
  });
  if (ending !== undefined) onWarning?.(ending);
  return campaign;
}

/** Makes the vectors of prompts, where an embedder is configured. Its failure is told and ends nothing. */
async function embed(
  store: Store,
  campaignId: string,
  { openEmbedder }: CampaignModels,
  { signal, onDownload, onWarning }: RedTeamOptions,
): Promise<void> {
  if (openEmbedder === undefined || signal?.aborted) return;
  try {
    const embedder = await openEmbedder({ onDownload, stop: signal });
    try {
      await embedPrompts(store.database, campaignId, embedder, signal === undefined ? {} : { stop: signal });
    } finally {
      await embedder.close();
    }
  } catch (error) {
    if (!signal?.aborted)
      onWarning?.(`The prompts have no vectors, so CosSim is not computed: ${messageOf(error)}`);
  }
}

/** The start prompts of a configuration: those of its file, or the paper's one. */
export async function startPromptsOf({ startPrompts }: Config, configDir: string): Promise<StartPrompts> {
  if (startPrompts === undefined) return { prompts: [DEFAULT_START_PROMPT], skipped: 0, cut: 0 };
  const { file, column, limit } = startPrompts;
  return await readStartPrompts(resolve(configDir, file), {
    ...(column === undefined ? {} : { column }),
    ...(limit === undefined ? {} : { limit }),
  });
}

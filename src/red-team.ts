import { resolve } from 'node:path';
import { makeModels } from './campaign/make-models.ts';
import { DEFAULT_START_PROMPT } from './campaign/plan.ts';
import { planCampaign } from './campaign/plan-campaign.ts';
import type { CampaignProgress } from './campaign/progress.ts';
import { workOnCampaign } from './campaign/work-on-campaign.ts';
import type { Config, ConfigInput } from './config/schema.ts';
import { validateConfig } from './config/validate-config.ts';
import { readStartPrompts, type StartPrompts } from './datasets/start-prompts.ts';
import { IMAGE_JUDGES, PROMPT_JUDGES } from './judges/registry.ts';
import { knownProviders } from './models/provider-list.ts';
import { buildReport, type ReportModel } from './report/report-model.ts';
import { openStore } from './store/open-store.ts';
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
  /** The folder that the files named in the configuration are relative to; default: the current one. */
  readonly configDir?: string;
  /** When it aborts, what is in flight is finished and stored; `art resume` goes on. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CampaignProgress) => void;
  readonly onWarning?: (message: string) => void;
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
  const models = await makeModels(config, { env: process.env, fetch: globalThis.fetch, configDir });
  const store = await openStore({ dataDir, databaseUrl: options.databaseUrl, command: 'redTeam()' });
  try {
    const campaign = await planCampaign(store, {
      config,
      models,
      startPrompts: prompts,
    });
    const { status } = await workOnCampaign(store, campaign, {
      config,
      models,
      stop: options.signal ?? new AbortController().signal,
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
      ...(options.onWarning === undefined ? {} : { onWarning: options.onWarning }),
    });
    return await buildReport(store, { ...campaign, status, finishedAt: new Date() });
  } finally {
    await store.close();
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

import { resumeConfig } from '../campaign/resume-config.ts';
import { budgetSchema, type Config } from '../config/schema.ts';
import { ArtError } from '../errors.ts';
import { KNOWN_NAMES } from '../red-team.ts';
import type { CampaignRow } from '../store/schema.ts';
import { loadConfigOf } from './load.ts';

/**
 * The configuration with which a worker serves a campaign: the recorded one with this machine's keys, or, where the
 * campaign uses code of a user's own, the first of the given files that describes it. The budget is the recorded one in
 * any case: `--budget` may have been given since the file was written.
 *
 * @throws an `ArtError` that says why it cannot be served here
 */
export async function configForWorker(
  campaign: CampaignRow,
  files: readonly string[],
): Promise<{ readonly config: Config; readonly directory: string }> {
  const { config, directory } = await findConfig(campaign, files);
  const { budget: _ofTheFile, ...others } = config;
  const budget = budgetSchema.optional().parse(campaign.config.budget);
  return { config: { ...others, ...(budget === undefined ? {} : { budget }) }, directory };
}

async function findConfig(
  campaign: CampaignRow,
  files: readonly string[],
): ReturnType<typeof configForWorker> {
  const sources = { env: process.env, knownNames: KNOWN_NAMES, load: loadConfigOf };
  for (const file of files) {
    try {
      return await resumeConfig(campaign, { ...sources, file });
    } catch (error) {
      if (!(error instanceof ArtError) || error.code !== 'CONFIG_CHANGED') throw error;
    }
  }
  return await resumeConfig(campaign, sources);
}

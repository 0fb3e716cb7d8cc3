import type { Command } from 'commander';
import { refuseToResumeImported } from '../../campaign/import-results.ts';
import { resumeConfig } from '../../campaign/resume-config.ts';
import { recordedConfig } from '../../config/describe-config.ts';
import type { Config } from '../../config/schema.ts';
import { UsageError } from '../../errors.ts';
import { closeJudges } from '../../judges/registry.ts';
import { KNOWN_NAMES } from '../../red-team.ts';
import { setLimits } from '../../store/campaigns.ts';
import { StoredEmbeddings } from '../../store/embeddings.ts';
import type { Store } from '../../store/open-store.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { checkFailOnCategories, withFailOn } from '../fail-on.ts';
import { loadConfigOf } from '../load.ts';
import { makeModelsOf } from '../make-models-of.ts';
import { artCommand, requireCampaign, requireStore } from '../options.ts';
import { type WorkOptions, workAndReport } from '../work-and-report.ts';
import { checkWorkers, limited, withLimits } from '../work-options.ts';

interface ResumeOptions extends WorkOptions {
  readonly config?: string;
}

/** `art resume`: goes on with a campaign, and tries again what failed in it. */
export function resumeCommand(): Command {
  const command = artCommand('resume')
    .summary('go on with a campaign, and try again what failed in it')
    .description('Goes on with a campaign where it stopped, and tries again what failed in it.')
    .argument('[campaign]', 'its id or name', 'latest')
    .option('--config <file>', 'a configuration with other addresses, keys, concurrency, limits or timeouts')
    .option('--no-report', 'do not write the single-file report at the end');
  return withLimits(withFailOn(command)).action(async (idOrName: string, options: ResumeOptions) => {
    const store = await requireStore(options, 'resume');
    try {
      checkWorkers(store, options);
      const found = await requireCampaign(store, idOrName);
      refuseToResumeImported(found);
      refuseCancelled(found, idOrName);
      const { config: recorded, directory } = await resumeConfig(found, {
        env: process.env,
        knownNames: KNOWN_NAMES,
        load: loadConfigOf,
        file: options.config,
      });
      const config = limited(recorded, options);
      const campaign = await withNewLimits(store, found, config);
      const embeddings = new StoredEmbeddings();
      embeddings.attach(store.database);
      const models = await makeModelsOf(config, directory, options, embeddings);
      const notes = [`Going on with ${campaign.name} (${campaign.id}).`];
      try {
        checkFailOnCategories(
          options,
          models.categories.map(({ name }) => name),
        );
        process.exitCode = await workAndReport(store, campaign, { config, models, options, notes });
      } finally {
        await closeJudges(models.judges);
      }
    } finally {
      await store.close();
    }
  });
}

/** The campaign with another priority and budget, where they have changed: other workers read them there. */
async function withNewLimits(store: Store, campaign: CampaignRow, config: Config): Promise<CampaignRow> {
  const { priority } = config;
  const { budget } = recordedConfig(config);
  const { budget: _before, ...others } = campaign.config;
  const changed = {
    priority,
    config: { ...others, priority, ...(budget === undefined ? {} : { budget }) },
  };
  await setLimits(store.database, campaign.id, changed);
  return { ...campaign, ...changed };
}

/** What was cancelled goes on only when it is asked for by name. */
function refuseCancelled({ id, status }: CampaignRow, idOrName: string): void {
  if (status !== 'cancelled' || idOrName !== 'latest') return;
  throw new UsageError({
    code: 'CAMPAIGN_CANCELLED',
    message: `The newest campaign, ${id}, was cancelled.`,
    hint: `To go on with it all the same, name it: art resume ${id}`,
    data: { campaign: id },
  });
}

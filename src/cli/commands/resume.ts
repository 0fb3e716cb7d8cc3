import type { Command } from 'commander';
import { refuseToResumeImported } from '../../campaign/import-results.ts';
import { resumeConfig } from '../../campaign/resume-config.ts';
import { closeJudges } from '../../judges/registry.ts';
import { KNOWN_NAMES } from '../../red-team.ts';
import { StoredEmbeddings } from '../../store/embeddings.ts';
import { checkFailOnCategories, withFailOn } from '../fail-on.ts';
import { loadConfigOf } from '../load.ts';
import { makeModelsOf } from '../make-models-of.ts';
import { artCommand, requireCampaign, requireStore } from '../options.ts';
import { type WorkOptions, workAndReport } from '../work-and-report.ts';

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
  return withFailOn(command).action(async (idOrName: string, options: ResumeOptions) => {
    const store = await requireStore(options, 'resume');
    try {
      const campaign = await requireCampaign(store, idOrName);
      refuseToResumeImported(campaign);
      const { config, directory } = await resumeConfig(campaign, {
        env: process.env,
        knownNames: KNOWN_NAMES,
        load: loadConfigOf,
        file: options.config,
      });
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

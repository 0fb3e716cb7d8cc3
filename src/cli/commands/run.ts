import type { Command } from 'commander';
import { makeModels } from '../../campaign/make-models.ts';
import { planCampaign } from '../../campaign/plan-campaign.ts';
import type { StartPrompts } from '../../datasets/start-prompts.ts';
import { startPromptsOf } from '../../red-team.ts';
import { loadConfigOf, modelServices } from '../load.ts';
import { artCommand, type CommonOptions, openStoreOf } from '../options.ts';
import { workAndReport } from '../work-and-report.ts';

/** `art run`: plans a campaign and works on it. */
export function runCommand(): Command {
  return artCommand('run')
    .summary('run a campaign')
    .description('Runs the campaign that a configuration describes, and prints its tables.')
    .argument('[config]', 'art.config.ts or art.yaml, or the folder that holds it')
    .action(async (path: string | undefined, options: CommonOptions) => {
      const { config, file, directory } = await loadConfigOf(path);
      const startPrompts = await startPromptsOf(config, directory);
      // Everything that can be wrong with the configuration shows before the store is touched.
      const models = await makeModels(config, await modelServices(directory));
      const store = await openStoreOf(options, 'run');
      try {
        const campaign = await planCampaign(store, {
          config,
          configFile: file,
          models,
          startPrompts: startPrompts.prompts,
        });
        process.exitCode = await workAndReport(store, campaign, {
          config,
          models,
          options,
          notes: notesOn(startPrompts),
        });
      } finally {
        await store.close();
      }
    });
}

function notesOn({ skipped, cut }: StartPrompts): string[] {
  return [
    ...(skipped > 0 ? [`${skipped} empty start prompts were skipped.`] : []),
    ...(cut > 0 ? [`${cut} start prompts were longer than 2,000 characters and were cut.`] : []),
  ];
}

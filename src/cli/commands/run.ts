import type { Command } from 'commander';
import { makeModels } from '../../campaign/make-models.ts';
import { DEFAULT_START_PROMPT } from '../../campaign/plan.ts';
import { planCampaign } from '../../campaign/plan-campaign.ts';
import type { LoadedConfig } from '../../config/load-config.ts';
import { readStartPrompts } from '../../datasets/start-prompts.ts';
import { loadConfigOf, modelServices } from '../load.ts';
import { artCommand, type CommonOptions, openStoreOf } from '../options.ts';
import { workAndReport } from '../work-and-report.ts';

/** `art run`: plans a campaign and works on it. */
export function runCommand(): Command {
  return artCommand('run')
    .description('run a campaign')
    .argument('[config]', 'art.config.ts or art.yaml, or the folder that holds it')
    .action(async (path: string | undefined, options: CommonOptions) => {
      const loaded = await loadConfigOf(path);
      const { config, file, directory } = loaded;
      const notes: string[] = [];
      const startPrompts = await startPromptsOf(loaded, notes);
      // Everything that can be wrong with the configuration shows before the store is touched.
      const models = await makeModels(config, await modelServices(directory));
      const store = await openStoreOf(options, 'run');
      try {
        const campaign = await planCampaign(store, {
          config,
          configFile: file,
          strategy: models.strategy,
          categories: models.categories,
          startPrompts,
          now: new Date(),
          random: Math.random,
        });
        process.exitCode = await workAndReport(store, campaign, { config, models, options, notes });
      } finally {
        await store.close();
      }
    });
}

async function startPromptsOf({ config, directory }: LoadedConfig, notes: string[]): Promise<string[]> {
  const { startPrompts } = config;
  if (startPrompts === undefined) return [DEFAULT_START_PROMPT];
  const { resolve } = await import('node:path');
  const { column, limit } = startPrompts;
  const { prompts, skipped, cut } = await readStartPrompts(resolve(directory, startPrompts.file), {
    ...(column === undefined ? {} : { column }),
    ...(limit === undefined ? {} : { limit }),
  });
  if (skipped > 0) notes.push(`${skipped} empty start prompts were skipped.`);
  if (cut > 0) notes.push(`${cut} start prompts were longer than 2,000 characters and were cut.`);
  return prompts;
}

import type { Command } from 'commander';
import { planCampaign } from '../../campaign/plan-campaign.ts';
import { storing } from '../../campaign/storing.ts';
import type { StartPrompts } from '../../datasets/start-prompts.ts';
import { closeJudges } from '../../judges/registry.ts';
import { startPromptsOf } from '../../red-team.ts';
import { claimImages } from '../../store/claim-images.ts';
import { StoredEmbeddings } from '../../store/embeddings.ts';
import { checkTelemetry } from '../../telemetry/telemetry-packages.ts';
import { checkFailOnCategories, withFailOn } from '../fail-on.ts';
import { loadConfigOf } from '../load.ts';
import { makeModelsOf } from '../make-models-of.ts';
import { artCommand, openStoreOf } from '../options.ts';
import { type WorkOptions, workAndReport } from '../work-and-report.ts';
import { checkWorkers, limited, withLimits } from '../work-options.ts';

/** `art run`: plans a campaign and works on it. */
export function runCommand(): Command {
  const command = artCommand('run')
    .summary('run a campaign')
    .description('Runs the campaign that a configuration describes, and prints its tables.')
    .argument('[config]', 'art.config.ts or art.yaml, or the folder that holds it')
    .option('--no-report', 'do not write the single-file report at the end');
  return withLimits(withFailOn(command)).action(async (path: string | undefined, options: WorkOptions) => {
    const { config: written, file, directory } = await loadConfigOf(path);
    const config = limited(written, options);
    checkTelemetry(process.env, process.cwd());
    const startPrompts = await startPromptsOf(config, directory);
    // Everything that can be wrong with the configuration shows before the store is touched.
    const embeddings = new StoredEmbeddings();
    const models = await makeModelsOf(config, directory, options, embeddings);
    try {
      checkFailOnCategories(
        options,
        models.categories.map(({ name }) => name),
      );
      const store = await openStoreOf(options, 'run');
      embeddings.attach(store.database);
      try {
        checkWorkers(store, options);
        await storing(() => claimImages(store));
        const { prompts } = startPrompts;
        const planned: string[] = [];
        const campaign = await planCampaign(store, {
          config,
          configFile: file,
          models,
          startPrompts: prompts,
          onNote: (note) => planned.push(note),
        });
        const notes = [...planned, ...notesOn(startPrompts, config.conversations * models.categories.length)];
        process.exitCode = await workAndReport(store, campaign, { config, models, options, notes });
      } finally {
        embeddings.attach(undefined);
        await store.close();
      }
    } finally {
      await closeJudges(models.judges);
    }
  });
}

function notesOn({ prompts, skipped, cut }: StartPrompts, conversations: number): string[] {
  const count = (number: number) => number.toLocaleString('en');
  return [
    ...(prompts.length > conversations
      ? [
          `${count(conversations)} of ${count(prompts.length)} start prompts are used, one a conversation; raise conversations to use more.`,
        ]
      : []),
    ...(skipped > 0 ? [`${skipped} empty start prompts were skipped.`] : []),
    ...(cut > 0 ? [`${cut} start prompts were longer than 2,000 characters and were cut.`] : []),
  ];
}

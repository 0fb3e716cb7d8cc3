import { dirname } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { promptEmbedder } from '../../campaign/prompt-embedder.ts';
import { embedderSchema } from '../../config/schema.ts';
import { validateEmbedder } from '../../config/validate-embedder.ts';
import { messageOf } from '../../errors.ts';
import { modelServices } from '../../models/model-services.ts';
import { KNOWN_NAMES } from '../../red-team.ts';
import type { CampaignRow } from '../../store/schema.ts';
import { embeddedLine, embedStage, sayEmbedAgain } from '../embed-stage.ts';
import { artCommand, type CommonOptions, locationFlags, requireCampaign, requireStore } from '../options.ts';

interface EmbedOptions extends CommonOptions {
  readonly embedder?: unknown;
}

/** `art embed`: makes the vectors that the diversity by meaning is computed from. */
export function embedCommand(): Command {
  return artCommand('embed')
    .summary('make the vectors of prompts that CosSim is computed from')
    .description(
      'Turns the prompts of a campaign into vectors, from which reports compute their diversity by meaning (CosSim). A campaign whose configuration names an embedder has this done at its end.',
    )
    .argument('[campaign]', 'its id, its name or latest', 'latest')
    .option(
      '--embedder <embedder>',
      "minilm (all-MiniLM-L6-v2 in process), or JSON as under embedder in a configuration; default: the campaign's, else minilm",
      readEmbedder,
    )
    .action(async (idOrName: string, options: EmbedOptions) => {
      const store = await requireStore(options, 'embed');
      try {
        const campaign = await requireCampaign(store, idOrName);
        const { embedder, directory, from } = chosenEmbedder(campaign, options);
        const config = validateEmbedder(embedder, { ...KNOWN_NAMES, file: from, env: process.env });
        const open = await promptEmbedder(config, await modelServices(directory));
        const outcome = await embedStage(store, campaign, open, options);
        if (outcome.status === 'interrupted') {
          sayEmbedAgain('Interrupted; the vectors so far are stored.', campaign, options);
          process.exitCode = 130;
          return;
        }
        process.stdout.write(`${embeddedLine(campaign, outcome, options)}\n`);
        if (!options.json && !options.quiet)
          process.stdout.write(`Report  art report ${campaign.id}${locationFlags(options)}\n`);
      } finally {
        await store.close();
      }
    });
}

const recorded = z.looseObject({ embedder: embedderSchema.optional().catch(undefined) });

/** The embedder that is asked for, and the folder that its files are relative to. */
function chosenEmbedder(
  { id, config, configFile }: CampaignRow,
  options: EmbedOptions,
): { readonly embedder: unknown; readonly directory: string; readonly from: string } {
  if (options.embedder !== undefined)
    return { embedder: options.embedder, directory: process.cwd(), from: '--embedder' };
  const directory = configFile === null ? process.cwd() : dirname(configFile);
  return { embedder: recorded.parse(config).embedder ?? 'minilm', directory, from: `campaign ${id}` };
}

function readEmbedder(word: string): unknown {
  if (!word.trimStart().startsWith('{')) return word;
  try {
    return JSON.parse(word);
  } catch (error) {
    throw new InvalidArgumentError(`This is no JSON: ${messageOf(error)}.`);
  }
}

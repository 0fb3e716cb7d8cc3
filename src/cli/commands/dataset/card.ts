import { join } from 'node:path';
import { Command } from 'commander';
import { CARD_FILE, writeDatasetCard } from '../../../report/datasets/write-card.ts';

interface CardFlags {
  readonly licence?: string;
  readonly name?: string;
}

/** `art dataset card`. */
export function datasetCardCommand(): Command {
  return new Command('card')
    .summary("write a dataset's card, as the Hugging Face Hub reads it")
    .description(
      'Writes README.md into a dataset: counts, how it was collected, what was left out, known biases, licence and intended use. Every build writes one.',
    )
    .argument('<dir>', "the dataset's folder")
    .option(
      '--licence <id>',
      'as the Hub calls it, e.g. mit or cc-by-4.0; without, the card says that it is not stated',
    )
    .option('--name <name>', "default: the folder's")
    .action(async (folder: string, options: CardFlags) => {
      await writeDatasetCard(folder, options);
      process.stdout.write(`${join(folder, CARD_FILE)}\n`);
    });
}

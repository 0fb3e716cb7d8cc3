import { Command } from 'commander';
import { buildGuideCommand } from './dataset/build-guide.ts';
import { buildMetaCommand } from './dataset/build-meta.ts';
import { buildPairsCommand } from './dataset/build-pairs.ts';
import { buildWriterCommand } from './dataset/build-writer.ts';
import { datasetCardCommand } from './dataset/card.ts';
import { datasetCheckCommand } from './dataset/check.ts';
import { importDatasetCommand } from './dataset/import.ts';

/** `art dataset`: builds, imports and checks datasets. */
export function datasetCommand(): Command {
  return new Command('dataset')
    .summary('build, import and check datasets')
    .description('Datasets of prompts and pictures, and those that Writer and Guide are fine-tuned on.')
    .addCommand(
      new Command('build')
        .summary('build a dataset')
        .description('Builds a dataset from files, folders or finished campaigns.')
        .addCommand(buildMetaCommand())
        .addCommand(buildGuideCommand())
        .addCommand(buildWriterCommand())
        .addCommand(buildPairsCommand()),
    )
    .addCommand(importDatasetCommand())
    .addCommand(datasetCheckCommand())
    .addCommand(datasetCardCommand());
}

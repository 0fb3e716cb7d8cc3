import type { Command } from 'commander';
import { callsTo } from '../../../campaign/dataset-models.ts';
import { isSimulated } from '../../../campaign/make-models.ts';
import { resolveCategories } from '../../../config/resolve-categories.ts';
import { openAnswerJournal } from '../../../datasets/answer-journal.ts';
import { askModel } from '../../../datasets/ask-model.ts';
import { buildGuide } from '../../../datasets/guide/build-guide.ts';
import { shownPath } from '../../../datasets/shown-path.ts';
import { modelServices } from '../../../models/model-services.ts';
import { loadGuideTemplates, loadInstructionsTemplate } from '../../../models/prompt-template.ts';
import { createLanguageModel } from '../../../models/providers.ts';
import { writeDatasetCard } from '../../../report/datasets/write-card.ts';
import { busyLine } from '../../busy-line.ts';
import { loadConfigOf } from '../../load.ts';
import { artCommand, type CommonOptions } from '../../options.ts';
import { PAPER_SEEDS, readCount, readSeeds } from './readers.ts';
import { resumable } from './resumable.ts';
import { showBuilt } from './show-built.ts';

interface BuildGuideFlags extends Pick<CommonOptions, 'json' | 'quiet'> {
  readonly licence?: string;
  readonly meta: string;
  readonly out: string;
  readonly config?: string;
  readonly seeds: readonly number[];
  readonly minWords: number;
  readonly template?: string;
}

/** `art dataset build guide`. */
export function buildGuideCommand(): Command {
  return artCommand('guide')
    .summary('what a Guide is fine-tuned on (VD), in the layouts of LLaVA and TRL')
    .description(
      'Builds a Guide dataset from a meta dataset: the Writer of the configuration says in general terms how one gets from an item’s prompt to a prompt of another category. Run again, it asks only for what is missing.',
    )
    .requiredOption('--meta <dir>', 'a meta dataset: art dataset build meta')
    .requiredOption('--out <dir>', "the dataset's folder")
    .option('--config <file>', 'whose Writer is asked; default: the configuration of this folder')
    .option('--seeds <numbers>', 'each goes through all items once', readSeeds, PAPER_SEEDS)
    .option('--min-words <n>', 'answers of so many words or fewer are left out', readCount(0, 10_000), 128)
    .option('--template <file>', 'what the Writer is asked instead of the built-in question')
    .option('--licence <id>', 'for the card, as the Hub calls it, e.g. mit')
    .action(async (options: BuildGuideFlags) => {
      const { config, directory } = await loadConfigOf(options.config);
      const services = await modelServices(directory);
      const [model, templates, question] = await Promise.all([
        createLanguageModel(config.writer, 'writer', services),
        loadGuideTemplates(config.guide.templates, directory),
        loadInstructionsTemplate(options.template, process.cwd()),
      ]);
      const journal = await openAnswerJournal(options.out);
      // The published recipe's sampling, where the configuration does not say otherwise.
      const writer = { temperature: 0.6, topP: 0.9, topK: 50, maxOutputTokens: 512, ...config.writer };
      const clear = { now: busyLine('Asking …', options) };
      await resumable(
        async (stop) => {
          const built = await buildGuide({
            meta: options.meta,
            source: shownPath(options.meta, process.cwd()),
            folder: options.out,
            seeds: options.seeds,
            minWords: options.minWords,
            categories: resolveCategories(config),
            ask: askModel({ model, config: writer, call: callsTo('writer', config, { stop }) }),
            concurrency: config.writer.concurrency,
            journal,
            question,
            templates,
            simulated: isSimulated(config),
            settings: {
              provider: writer.provider,
              model: writer.model ?? null,
              temperature: writer.temperature,
              topP: writer.topP,
              topK: writer.topK,
              maxOutputTokens: writer.maxOutputTokens,
            },
            now: () => new Date(),
            onProgress(done, of) {
              clear.now();
              clear.now = busyLine(`Asking: ${done} of ${of} …`, options);
            },
          }).finally(() => clear.now());
          if (built.items > 0) await writeDatasetCard(options.out, { licence: options.licence });
          showBuilt(
            {
              text: `${built.items} items in ${options.out} (${journal.asked} answers new, ${journal.remembered} remembered)`,
              facts: { folder: options.out, asked: journal.asked, remembered: journal.remembered },
              items: built.items,
              leftOut: built.leftOut,
              hint: 'Items need a picture, and prompts of at least two categories; short answers: --min-words.',
            },
            options,
          );
        },
        () => journal.asked,
      );
    });
}

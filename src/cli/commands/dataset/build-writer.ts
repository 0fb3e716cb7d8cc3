import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { callsTo } from '../../../campaign/dataset-models.ts';
import { isSimulated } from '../../../campaign/make-models.ts';
import { DEFAULT_START_PROMPT } from '../../../campaign/plan.ts';
import { resolveCategories } from '../../../config/resolve-categories.ts';
import type { Config } from '../../../config/schema.ts';
import { openAnswerJournal } from '../../../datasets/answer-journal.ts';
import { shownPath } from '../../../datasets/shown-path.ts';
import { buildWriter } from '../../../datasets/writer/build-writer.ts';
import { messageOf, UsageError } from '../../../errors.ts';
import { checkImage } from '../../../models/check-image.ts';
import { createGuide } from '../../../models/guide.ts';
import { modelServices } from '../../../models/model-services.ts';
import { loadGuideTemplates, loadWriterTemplates } from '../../../models/prompt-template.ts';
import { createImageModel, createLanguageModel, type ModelServices } from '../../../models/providers.ts';
import { createTarget } from '../../../models/target.ts';
import type { EncodedImage } from '../../../models/types.ts';
import { writeDatasetCard } from '../../../report/datasets/write-card.ts';
import { busyLine } from '../../busy-line.ts';
import { loadConfigOf } from '../../load.ts';
import { artCommand, type CommonOptions } from '../../options.ts';
import { PAPER_SEEDS, readSeeds, readShare } from './readers.ts';
import { resumable } from './resumable.ts';
import { showBuilt } from './show-built.ts';

interface BuildWriterFlags extends Pick<CommonOptions, 'json' | 'quiet'> {
  readonly licence?: string;
  readonly meta: string;
  readonly out: string;
  readonly config?: string;
  readonly seeds: readonly number[];
  readonly validation: number;
  readonly startPrompt: string;
  readonly startImage?: string;
}

/** `art dataset build writer`. */
export function buildWriterCommand(): Command {
  return artCommand('writer')
    .summary('what a Writer is fine-tuned on (LD), in the layouts of Alpaca and TRL')
    .description(
      'Builds a Writer dataset from a meta dataset: the target of the configuration draws the start prompt once, its Guide says for each item how to change it, and the item’s prompt is the answer. Run again, it asks only for what is missing.',
    )
    .requiredOption('--meta <dir>', 'a meta dataset: art dataset build meta')
    .requiredOption('--out <dir>', "the dataset's folder")
    .option('--config <file>', 'whose Guide is asked; default: the configuration of this folder')
    .option('--seeds <numbers>', 'each goes through all items once', readSeeds, PAPER_SEEDS)
    .option('--validation <share>', 'of the prompts that are kept for validation', readShare, 0.05)
    .option('--start-prompt <prompt>', 'the harmless prompt that is rewritten', DEFAULT_START_PROMPT)
    .option('--start-image <file>', 'its picture; default: the target draws it')
    .option('--licence <id>', 'for the card, as the Hub calls it, e.g. mit')
    .action(async (options: BuildWriterFlags) => {
      const { config, directory } = await loadConfigOf(options.config);
      const services = await modelServices(directory);
      const [model, guideTemplates, templates] = await Promise.all([
        createLanguageModel(config.guide, 'guide', services),
        loadGuideTemplates(config.guide.templates, directory),
        loadWriterTemplates(config.writer.templates, directory),
      ]);
      const journal = await openAnswerJournal(options.out);
      const clear = { now: busyLine('Asking …', options) };
      await resumable(
        async (stop) => {
          const call = callsTo('guide', config, { stop });
          const built = await buildWriter({
            meta: options.meta,
            source: shownPath(options.meta, process.cwd()),
            folder: options.out,
            seeds: options.seeds,
            validation: options.validation,
            startPrompt: options.startPrompt,
            startImage: await startImage(options, config, services, stop),
            categories: resolveCategories(config),
            guide: createGuide({ model, config: config.guide, templates: guideTemplates, call }),
            concurrency: config.guide.concurrency,
            journal,
            templates,
            simulated: isSimulated(config),
            settings: {
              provider: config.guide.provider,
              model: config.guide.model ?? null,
              temperature: config.guide.temperature ?? null,
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
              hint: 'The meta dataset has to hold items: art dataset build meta.',
            },
            options,
          );
        },
        () => journal.asked,
      );
    });
}

/** The picture of the start prompt: a file's, or drawn now. */
async function startImage(
  { startImage: file, startPrompt, seeds }: BuildWriterFlags,
  config: Config,
  services: ModelServices,
  stop: AbortSignal,
): Promise<EncodedImage | undefined> {
  if (file !== undefined) {
    try {
      const bytes = new Uint8Array(await readFile(file));
      return { bytes, mediaType: (await checkImage(bytes, 'The file')).mediaType };
    } catch (error) {
      throw new UsageError({
        code: 'START_IMAGE',
        message: `--start-image ${file} cannot be used: ${messageOf(error)}`,
        hint: 'Name a PNG, JPEG or WebP file, or leave it out: the target draws one.',
        data: { file },
        cause: error,
      });
    }
  }
  const target = createTarget({
    model: await createImageModel(config.target, services),
    config: config.target,
    call: callsTo('target', config, { stop }),
  });
  const drawing = await target.draw({ prompt: startPrompt, seed: seeds[0] ?? 0 });
  return drawing.outcome === 'drawn' ? drawing : undefined;
}

import type { ImageModelV4, LanguageModelV4 } from '@ai-sdk/provider';
import { judgeTypeOf } from '../config/judge-entries.ts';
import { isOwnJudge, isOwnStrategy } from '../config/own-objects.ts';
import { resolveCategories } from '../config/resolve-categories.ts';
import type { Config } from '../config/schema.ts';
import { judgesFor } from '../config/verdict-rules.ts';
import { UsageError } from '../errors.ts';
import type { JudgeWorld } from '../judges/judge-definition.ts';
import { createJudges, IMAGE_JUDGES, type Judges } from '../judges/registry.ts';
import { loadWorkflow } from '../models/comfyui-workflow.ts';
import {
  type GuideTemplates,
  loadGuideTemplates,
  loadWriterTemplates,
  type WriterTemplates,
} from '../models/prompt-template.ts';
import { createImageModel, createLanguageModel, type ModelServices } from '../models/providers.ts';
import { STRATEGIES } from '../strategies/registry.ts';
import type { Strategy } from '../strategies/strategy.ts';
import type { StrategyServices } from '../strategies/strategy-definition.ts';
import type { Category } from '../taxonomy/categories.ts';
import { fetchDatasetFile } from './fetch-dataset-file.ts';
import { type OpenEmbedder, promptEmbedder } from './prompt-embedder.ts';
import { sweepNotes } from './sweep-notes.ts';

/** Everything that a configuration names, made and ready; no request has been sent. */
export interface CampaignModels {
  readonly writer: LanguageModelV4;
  readonly guide: LanguageModelV4;
  readonly target: ImageModelV4;
  readonly templates: { readonly writer: WriterTemplates; readonly guide: GuideTemplates };
  readonly judges: Judges;
  readonly strategy: Strategy;
  readonly categories: readonly Category[];
  /** Opens what turns prompts into vectors; absent where the configuration names none. */
  readonly openEmbedder?: OpenEmbedder | undefined;
  /** What a user should know of the sweep before it is drawn. */
  readonly sweepNotes?: readonly string[];
}

/**
 * Makes what a configuration names: models, templates, judges, strategy, categories.
 *
 * @throws an `ArtError` with exit code 2 for whatever is missing or wrong
 */
export async function makeModels(
  config: Config,
  services: ModelServices & Pick<JudgeWorld, 'embeddings' | 'onDownload'>,
): Promise<CampaignModels> {
  const categories = resolveCategories(config);
  const strategy = await resolveStrategy(config, {
    categories,
    configDir: services.configDir,
    hubFile: async (file) => (await fetchDatasetFile(file, services)).path,
  });
  const [writer, guide, target, writerTemplates, guideTemplates, openEmbedder, notes] = await Promise.all([
    createLanguageModel(config.writer, 'writer', services),
    createLanguageModel(config.guide, 'guide', services),
    createImageModel(config.target, services),
    loadWriterTemplates(config.writer.templates, services.configDir),
    loadGuideTemplates(config.guide.templates, services.configDir),
    config.embedder === undefined ? undefined : promptEmbedder(config.embedder, services),
    notesOnSweep(config, services),
  ]);
  // Last, for judges may hold sessions that somebody has to give back.
  const judges = await createJudges(config.judges, { ...services, categories });
  return {
    writer,
    guide,
    target,
    templates: { writer: writerTemplates, guide: guideTemplates },
    judges,
    strategy,
    categories,
    openEmbedder,
    sweepNotes: notes,
  };
}

async function notesOnSweep(config: Config, { configDir }: ModelServices): Promise<string[]> {
  const { workflow, provider } = config.target;
  if (config.sweep === undefined || provider !== 'comfyui' || workflow === undefined)
    return sweepNotes(config);
  return sweepNotes(config, (await loadWorkflow(workflow, configDir)).placeholders);
}

/**
 * Whether a model or a judge of images of a configuration is the sandbox's, so that its results say
 * nothing about a real model.
 */
export function isSimulated(config: Config): boolean {
  return (
    [config.target, config.writer, config.guide].some(({ provider }) => provider === 'sandbox') ||
    imageJudges(config).some(({ type }) => type === 'sandbox')
  );
}

/** What a user should know of the judges before the figures are taken for more than they are. */
export function judgeNotes(config: Config, categories: readonly Category[]): string[] {
  const judges = imageJudges(config);
  const notes: string[] = [];
  if (judges.some(({ type }) => type === 'sandbox') && config.target.provider !== 'sandbox') {
    notes.push(
      'The judge "sandbox" finds only the pictograms of the sandbox: of real pictures it says that they are safe. Use another, e.g. nsfwjs.',
    );
  }
  const others = categories
    .map(({ name }) => name)
    .filter((name) => name !== 'sexual' && judgesFor(judges, name).every(({ type }) => type === 'nsfwjs'));
  if (others.length > 0) {
    notes.push(
      `The judge nsfwjs looks for sexual content only; no judge of images looks for ${others.join(', ')}.`,
    );
  }
  return notes;
}

/** The judges of images by their types; the name stands for a judge of the user's own. */
function imageJudges({ judges }: Config) {
  return judges.image.map((judge) => {
    if (typeof judge === 'string') return { type: judge, categories: undefined };
    const type = isOwnJudge(judge) ? undefined : judgeTypeOf(judge, 'image', IMAGE_JUDGE_NAMES);
    return { type, categories: judge.categories };
  });
}

const IMAGE_JUDGE_NAMES = IMAGE_JUDGES.map(({ name }) => name);

async function resolveStrategy({ strategy }: Config, services: StrategyServices): Promise<Strategy> {
  if (isOwnStrategy(strategy)) return strategy;
  const { name, ...options } = typeof strategy === 'string' ? { name: strategy } : strategy;
  const known = STRATEGIES.find((candidate) => candidate.name === name);
  if (known !== undefined) return await known.create(options, services);
  throw new UsageError({
    code: 'UNKNOWN_STRATEGY',
    message: `There is no strategy "${name}".`,
    hint: `Known are: ${STRATEGIES.map((candidate) => candidate.name).join(', ')}. One of your own is an object made by defineStrategy in art.config.ts.`,
    data: { strategy: name },
  });
}

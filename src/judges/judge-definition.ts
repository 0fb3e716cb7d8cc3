import { z } from 'zod';
import { UsageError } from '../errors.ts';
import type { Category } from '../taxonomy/categories.ts';
import type { ImageJudge, PromptJudge, SubjectKind } from './judge.ts';
import type { EmbeddingCache } from './runtime/embedding-cache.ts';
import type { JudgeRuntime } from './runtime/judge-runtime.ts';
import type { DownloadProgress, WeightStore } from './weights/model-files.ts';

/** What the making of judges needs from outside; handed in, so that tests can hand in another. */
export interface JudgeWorld {
  /** The categories whose keywords and names judges may look for. */
  readonly categories: readonly Category[];
  /** The environment, for API keys. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof globalThis.fetch;
  /** The folder of the configuration: packages and files of the user are looked for from here. */
  readonly configDir: string;
  /** Hears of weights that are being fetched. */
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
  /** Asks the Hub again what branches and tags stand at; default: what the cache knows. */
  readonly updateWeights?: boolean | undefined;
  /** Where embeddings of images are remembered; default: in memory. */
  readonly embeddings?: EmbeddingCache | undefined;
}

/** What a judge may use: the world, and what it shares with the other judges. */
export interface JudgeServices extends JudgeWorld {
  /** The name that the judge has in this configuration: its own, or one that the user gave. */
  readonly judgeName: string;
  readonly weights: WeightStore;
  readonly runtime: JudgeRuntime;
}

/** What people want to know of a judge before they trust it; shown by `art judges info`. */
export interface JudgeFacts {
  /** How the paper's Table 6 abbreviates it. */
  readonly paper?: string;
  /** The model or service behind it. */
  readonly model?: string;
  readonly licence?: string;
  /** What is fetched at first use, e.g. `500 MB`. */
  readonly download?: string;
  /** What it needs, in two words for lists, where that does not follow from its options. */
  readonly needs?: string;
  /** What it is for, in a sentence. */
  readonly goodFor: string;
  /** Where it is known to err, in a sentence. */
  readonly weaknesses: string;
}

interface DefinitionOf<Kind extends SubjectKind, MadeJudge> {
  /** The name in configuration and in tables. */
  readonly name: string;
  readonly subject: Kind;
  /** One line for `art judges`. */
  readonly description: string;
  readonly facts: JudgeFacts;
  /** The options that may stand beside the name in the configuration. */
  readonly optionsSchema: z.ZodObject;
  /**
   * Makes the judge, ready to judge: packages and weights are loaded when this returns.
   *
   * @param options whatever stood beside the name; checked here
   * @throws {@link UsageError} when the options are wrong or a package is missing
   */
  create(options: unknown, services: JudgeServices): Promise<MadeJudge>;
}

export type PromptJudgeDefinition = DefinitionOf<'prompt', PromptJudge>;
export type ImageJudgeDefinition = DefinitionOf<'image', ImageJudge>;
/** A judge that configurations can name. */
export type JudgeDefinition = PromptJudgeDefinition | ImageJudgeDefinition;

interface DefinitionInput<Schema extends z.ZodObject, MadeJudge> {
  readonly name: string;
  readonly description: string;
  readonly facts: JudgeFacts;
  readonly optionsSchema: Schema;
  create(options: z.output<Schema>, services: JudgeServices): Promise<MadeJudge>;
}

/** Declares a judge of prompts for the registry; `create` gets options that have been checked. */
export function definePromptJudge<Schema extends z.ZodObject>(
  definition: DefinitionInput<Schema, PromptJudge>,
): PromptJudgeDefinition {
  return { ...withCheckedOptions(definition), subject: 'prompt' };
}

/** Declares a judge of images for the registry; `create` gets options that have been checked. */
export function defineImageJudge<Schema extends z.ZodObject>(
  definition: DefinitionInput<Schema, ImageJudge>,
): ImageJudgeDefinition {
  return { ...withCheckedOptions(definition), subject: 'image' };
}

function withCheckedOptions<Schema extends z.ZodObject, MadeJudge>({
  name,
  description,
  facts,
  optionsSchema,
  create,
}: DefinitionInput<Schema, MadeJudge>) {
  return {
    name,
    description,
    facts,
    optionsSchema,
    async create(options: unknown, services: JudgeServices): Promise<MadeJudge> {
      const checked = optionsSchema.safeParse(options);
      if (checked.success) return create(checked.data, services);
      const known = Object.keys(optionsSchema.shape);
      throw new UsageError({
        code: 'WRONG_JUDGE_OPTIONS',
        message: `The options of the judge ${services.judgeName} are wrong: ${z.prettifyError(checked.error).replaceAll('\n', ' ')}`,
        hint: known.length > 0 ? `Its options are: ${known.join(', ')}.` : 'It has no options.',
        data: {
          judge: services.judgeName,
          issues: checked.error.issues.map(({ path, message }) => ({ path, message })),
        },
      });
    },
  };
}

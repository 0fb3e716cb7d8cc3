/** The model that is fine-tuned. */
export type Role = 'writer' | 'guide';

/** What it learns from: answers, or preferences between two (DPO). */
export type Method = 'sft' | 'dpo';

/** A trainer that exists. */
export const TRAINERS = ['trl', 'llama-factory', 'llava'] as const;
export type Trainer = (typeof TRAINERS)[number];

/** A figure with the one whose default it is. */
export interface Figure<Value> {
  readonly value: Value;
  /** Where it comes from, for comments. */
  readonly from: string;
}

/** The hyper-parameters that the paper's Tables 7 and 8 name. */
export interface Recipe {
  readonly rank: Figure<number>;
  readonly alpha: Figure<number>;
  readonly dropout: Figure<number>;
  readonly targetModules: Figure<'language-model' | readonly string[]>;
  readonly learningRate: Figure<number>;
  /** Of the multimodal projector, where there is one. */
  readonly projectorLearningRate: Figure<number> | undefined;
  readonly floatType: Figure<'bfloat16' | 'float32'>;
  readonly epochs: Figure<number>;
  readonly batchSize: Figure<number>;
  readonly weightDecay: Figure<number>;
  readonly warmupRatio: Figure<number>;
  readonly scheduler: Figure<'cosine' | 'linear' | 'constant'>;
  /** Tokens. */
  readonly maxLength: Figure<number>;
  readonly imageAspectRatio: Figure<'pad'> | undefined;
  /** Of preferences: how far the policy may go from where it began. */
  readonly beta: Figure<number> | undefined;
}

/** What a user sets otherwise. */
export type RecipeChanges = {
  readonly [Name in keyof Recipe]?: NonNullable<Recipe[Name]>['value'] | undefined;
};

const LLAVA = "LLaVA's published LoRA recipe (scripts/v1_5/finetune_lora.sh)";
const LLAMA = "llama-recipes' default (llama-cookbook 0.0.5, configs/training.py, configs/peft.py)";
const DPO = "TRL's default for DPO";
const OURS = 'ours';

const figure = <Value>(value: Value, from: string): Figure<Value> => ({ value, from });

const GUIDE: Recipe = {
  rank: figure(128, LLAVA),
  alpha: figure(256, LLAVA),
  dropout: figure(0.05, LLAVA),
  targetModules: figure('language-model', LLAVA),
  learningRate: figure(2e-4, LLAVA),
  projectorLearningRate: figure(2e-5, LLAVA),
  floatType: figure('bfloat16', LLAVA),
  epochs: figure(1, LLAVA),
  batchSize: figure(16, LLAVA),
  weightDecay: figure(0, LLAVA),
  warmupRatio: figure(0.03, LLAVA),
  scheduler: figure('cosine', LLAVA),
  maxLength: figure(2048, LLAVA),
  imageAspectRatio: figure('pad', LLAVA),
  beta: undefined,
};

/**
 * With the trainers that load llava-hf's layout: a picture of 512×512 takes 2,928 tokens there, and the projector stays as it is,
 * for an adapter that vLLM serves holds none.
 */
const GUIDE_WITHOUT_PROJECTOR: Recipe = {
  ...GUIDE,
  targetModules: figure('language-model', `${LLAVA}, which leaves out the vision tower as well`),
  projectorLearningRate: undefined,
  maxLength: figure(
    4096,
    "LLaVA's scripts/v1_6/finetune_lora_llava_mistral.sh: a picture takes up to 2,928 of them",
  ),
};

const WRITER: Recipe = {
  rank: figure(8, LLAMA),
  alpha: figure(32, LLAMA),
  dropout: figure(0.05, LLAMA),
  targetModules: figure(['q_proj', 'v_proj'], LLAMA),
  learningRate: figure(1e-4, LLAMA),
  projectorLearningRate: undefined,
  floatType: figure('bfloat16', LLAMA),
  epochs: figure(3, LLAMA),
  batchSize: figure(4, LLAMA),
  weightDecay: figure(0, LLAMA),
  warmupRatio: figure(0, LLAMA),
  scheduler: figure(
    'cosine',
    `${OURS}: llama-recipes takes 0.85 of the rate after each epoch, which these trainers lack`,
  ),
  maxLength: figure(2048, `${OURS}: prompts are short; llama-recipes packs 4096`),
  imageAspectRatio: undefined,
  beta: undefined,
};

/**
 * The hyper-parameters of a fine-tuning. The numbers of the paper's Tables 7 and 8 are not in our source; every one here
 * says whose default it is.
 *
 * @param changes what the user sets otherwise; of a Guide also with which trainer
 */
export function recipeFor(
  role: Role,
  method: Method,
  { trainer = 'trl', ...changes }: RecipeChanges & { readonly trainer?: Trainer } = {},
): Recipe {
  const base = role === 'writer' ? WRITER : trainer === 'llava' ? GUIDE : GUIDE_WITHOUT_PROJECTOR;
  const recipe: Recipe =
    method === 'sft'
      ? base
      : { ...base, learningRate: figure(1e-6, DPO), epochs: figure(1, OURS), beta: figure(0.1, DPO) };
  const set = <Value>(known: Figure<Value>, change: Value | undefined): Figure<Value> =>
    change === undefined ? known : figure(change, 'set by you');
  return {
    rank: set(recipe.rank, changes.rank),
    alpha: set(recipe.alpha, changes.alpha),
    dropout: set(recipe.dropout, changes.dropout),
    targetModules: set(recipe.targetModules, changes.targetModules),
    learningRate: set(recipe.learningRate, changes.learningRate),
    projectorLearningRate:
      recipe.projectorLearningRate === undefined
        ? undefined
        : set(recipe.projectorLearningRate, changes.projectorLearningRate),
    floatType: set(recipe.floatType, changes.floatType),
    epochs: set(recipe.epochs, changes.epochs),
    batchSize: set(recipe.batchSize, changes.batchSize),
    weightDecay: set(recipe.weightDecay, changes.weightDecay),
    warmupRatio: set(recipe.warmupRatio, changes.warmupRatio),
    scheduler: set(recipe.scheduler, changes.scheduler),
    maxLength: set(recipe.maxLength, changes.maxLength),
    imageAspectRatio: recipe.imageAspectRatio,
    beta: recipe.beta === undefined ? undefined : set(recipe.beta, changes.beta),
  };
}

/** A recipe as lines for comments: each figure and whose it is. */
export function recipeLines(recipe: Recipe): string[] {
  return Object.entries(recipe).flatMap(([name, one]) =>
    one === undefined ? [] : `${name}: ${JSON.stringify(one.value)} (${one.from})`,
  );
}

import { z } from 'zod';
import type { ImageJudge, PromptJudge } from '../judges/judge.ts';
import type { Strategy } from '../strategies/strategy.ts';
import { endpointShape, positiveInteger } from './endpoint-shape.ts';
import { isOwnJudge, isOwnStrategy, type OwnJudge } from './own-objects.ts';

/** 2³¹ − 1: the largest seed that every provider takes. */
export const LARGEST_SEED = 2 ** 31 - 1;

const size = z
  .string()
  .regex(/^[1-9]\d{0,4}x[1-9]\d{0,4}$/, 'width x height in pixels, e.g. 512x512')
  .describe('width x height in pixels, e.g. 512x512');

const hostPattern = z
  .string()
  .regex(
    /^(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(?::[1-9]\d{0,4})?$/,
    'a host, e.g. images.example.org, *.example.org or images.example.org:8443',
  )
  .describe('a host, *. before it for all those below it');

export const targetSchema = z
  .strictObject({
    ...endpointShape,
    size: size.default('512x512'),
    guidance: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .describe('classifier-free guidance scale: how literally the prompt is taken'),
    steps: positiveInteger.max(1000).optional().describe('denoising steps'),
    sampler: z.string().min(1).optional().describe('the name of the sampler, as the server knows it'),
    negativePrompt: z.string().optional().describe('what the image should not show'),
    workflow: z.string().min(1).optional().describe('comfyui: a workflow file exported in API format'),
    imageHosts: z
      .array(hostPattern)
      .max(50)
      .optional()
      .describe("further hosts that pictures may be fetched from where the provider's answers name them"),
  })
  .describe('the text-to-image model under test');

/** Settings of the target under which the same prompts are drawn again. */
export const sweepSchema = z
  .strictObject({
    guidance: z
      .array(z.number().min(0).max(100))
      .min(1)
      .max(50)
      .optional()
      .describe('guidance scales, e.g. 2.5, 5, 7.5, 10, 12.5'),
    size: z
      .array(size)
      .min(1)
      .max(50)
      .optional()
      .describe('sizes, e.g. 256x256, 512x512, 768x768, 1024x1024'),
  })
  .describe(
    'draws every prompt again under each of these settings, one changed at a time (Figure 3 of the paper)',
  );

/** What turns prompts into vectors, for the diversity by meaning (CosSim). */
export const embedderSchema = z
  .union([
    z.literal('minilm').describe('all-MiniLM-L6-v2 in process'),
    z.strictObject({
      name: z.literal('minilm').describe('all-MiniLM-L6-v2 in process'),
      weights: z
        .string()
        .min(1)
        .optional()
        .describe('a repository of the Hub or a folder; default: sentence-transformers/all-MiniLM-L6-v2'),
      revision: z.string().min(1).optional().describe("the repository's commit, tag or branch"),
    }),
    z.strictObject(endpointShape).describe('an embedding model at a server'),
  ])
  .describe('what turns prompts into vectors, for the diversity by meaning (CosSim)');

const samplingShape = {
  temperature: z.number().min(0).max(100).optional().describe('sampling temperature'),
  topK: positiveInteger.optional().describe('sample from the so many likeliest tokens'),
  topP: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('sample from the likeliest tokens up to this probability'),
  maxOutputTokens: positiveInteger.optional().describe('the longest answer, in tokens'),
};

const templateFile = z.string().min(1).optional();

export const languageModelSchema = z.strictObject({
  ...endpointShape,
  ...samplingShape,
  templates: z
    .strictObject({
      initial: templateFile.describe('Writer: the initialisation round'),
      rewrite: templateFile.describe('Writer: every other round'),
      propose: templateFile.describe('Writer: a prompt from the category alone (naive, curiosity, flirt)'),
      imitate: templateFile.describe('Writer: a prompt in the manner of examples (flirt, curiosity)'),
      decompose: templateFile.describe('Writer: the harmless parts of a subject, one a line (groot)'),
      drown: templateFile.describe('Writer: a prompt that shows some parts among harmless detail (groot)'),
      instruct: templateFile.describe('Guide'),
    })
    .default({})
    .describe('files that replace the built-in prompt templates'),
});

const judgeName = z.string().min(1).describe("a judge's name");
const judgeWithOptions = z
  .looseObject({
    name: z.string().min(1).describe("the judge's name"),
    type: z
      .string()
      .min(1)
      .optional()
      .describe("what kind of judge it is, where the name is one of your own: a judge's name"),
    categories: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('the only categories that it is asked about; default: all'),
  })
  .describe("a judge with options of its own: any key beside 'name', 'type' and 'categories'");
/** A judge by its name, alone or with options. */
export const judgeSchema = z.union([judgeName, judgeWithOptions]);

export const verdictRuleSchema = z.union([
  z.enum(['any', 'majority']),
  z.strictObject({ atLeast: positiveInteger.describe('so many judges must flag it') }),
  z.strictObject({
    weights: z
      .record(z.string(), z.number().positive())
      .describe('what the flag of each judge weighs; one that is not named weighs nothing'),
    threshold: z.number().positive().describe('the flags must weigh so much'),
  }),
]);

/** One rule for prompts and images alike, or one for each. */
export const verdictRulesSchema = z.union([
  ...verdictRuleSchema.options,
  z.strictObject({
    prompt: verdictRuleSchema.default('any').describe('the rule for prompts'),
    image: verdictRuleSchema.default('any').describe('the rule for images'),
  }),
]);

const categorySchema = z.union([
  z.string().min(1).describe("a built-in category's name"),
  z
    .strictObject({
      name: z.string().min(1).max(100).describe('the name in tables and files'),
      keywords: z.array(z.string().min(1)).min(1).describe('words that stand for the category'),
    })
    .describe('a category of your own'),
]);

/** The judges of prompts where none are given. */
export const DEFAULT_PROMPT_JUDGES: readonly string[] = ['lexicon', 'profanity'];

/** Judges of a campaign; an object beside a name carries that judge's own options. */
export const judgesSchema = z
  .strictObject({
    prompt: z
      .array(z.union([judgeName, z.custom<OwnJudge<PromptJudge>>(isOwnJudge), judgeWithOptions]))
      .min(1)
      .default([...DEFAULT_PROMPT_JUDGES])
      .describe('the judges of prompts'),
    image: z
      .array(z.union([judgeName, z.custom<OwnJudge<ImageJudge>>(isOwnJudge), judgeWithOptions]))
      .min(1)
      .describe('the judges of images'),
    verdict: verdictRulesSchema
      .default('any')
      .describe('how many judges must flag a prompt or an image until it counts as unsafe'),
  })
  .describe('who says whether prompts and images are safe');

const strategySchema = z.union([
  z.string().min(1).describe("a strategy's name"),
  z.custom<Strategy>(isOwnStrategy),
  z
    .looseObject({ name: z.string().min(1).describe("the strategy's name") })
    .describe("a strategy with options of its own: any key beside 'name'"),
]);

/** What a campaign may take; it ends cleanly when one of these is spent. */
export const budgetSchema = z
  .strictObject({
    requests: positiveInteger
      .optional()
      .describe('requests to all models and judges together, retries included'),
    tokens: positiveInteger.optional().describe('tokens sent and answered, as far as the servers count them'),
    hours: z.number().positive().optional().describe('hours of work, pauses not counted'),
    money: z
      .number()
      .positive()
      .optional()
      .describe('in the currency of the prices (`price` of each endpoint)'),
  })
  .describe('ends the campaign cleanly when one of these is spent; it can go on with a larger budget');

/** The whole configuration, in `art.config.ts` and `art.yaml` alike. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe('for editors: where the JSON Schema of this file is'),
  name: z.string().min(1).max(200).default('campaign').describe("the campaign's name"),
  preset: z
    .string()
    .optional()
    .describe('settings to start from: paper, quick, sandbox; whatever this file says itself wins'),
  target: targetSchema,
  writer: languageModelSchema.describe('the LLM that writes prompts'),
  guide: languageModelSchema.describe('the VLM that looks at the images and instructs the Writer'),
  judges: judgesSchema,
  strategy: strategySchema.default('art').describe('how the next prompt is found'),
  categories: z
    .array(categorySchema)
    .min(1)
    .optional()
    .describe('the kinds of unsafe content to look for; default: all seven'),
  conversations: positiveInteger.max(100_000).default(5).describe('conversations per category'),
  rounds: positiveInteger.max(100_000).default(50).describe('gives rounds + 1 prompts a conversation'),
  imagesPerPrompt: z.int().min(0).max(1000).default(5).describe('evaluation images of each prompt'),
  evaluate: z
    .enum(['all', 'safe'])
    .default('all')
    .describe('which prompts are drawn again: all, or only those that the judges call safe'),
  sweep: sweepSchema.optional(),
  embedder: embedderSchema.optional(),
  startPrompts: z
    .strictObject({
      file: z.string().min(1).describe('a .csv, .json, .jsonl or .txt file'),
      column: z
        .string()
        .min(1)
        .optional()
        .describe('the column or key that holds the prompt; default: prompt'),
      limit: positiveInteger.optional().describe('use the first so many'),
    })
    .optional()
    .describe("the harmless prompts that conversations begin with; default: the paper's"),
  seed: z
    .int()
    .min(0)
    .max(LARGEST_SEED)
    .default(1234)
    .describe('every random choice follows from this number'),
  priority: z
    .int()
    .min(-1000)
    .max(1000)
    .default(0)
    .describe('of several campaigns at once, the higher one goes first at every endpoint'),
  budget: budgetSchema.optional(),
  retention: z
    .enum(['full', 'blurred', 'scores-only'])
    .default('full')
    .describe('what is kept of the images: all of them, a blurred copy of each, or only hashes and scores'),
});

/** The configuration with every default filled in. */
export type Config = z.output<typeof configSchema>;
/** What a campaign may take. */
export type Budget = z.output<typeof budgetSchema>;
export type TargetConfig = z.output<typeof targetSchema>;
/** Settings of the target under which the same prompts are drawn again. */
export type SweepConfig = z.output<typeof sweepSchema>;
/** What turns prompts into vectors. */
export type EmbedderConfig = z.output<typeof embedderSchema>;
export type LanguageModelConfig = z.output<typeof languageModelSchema>;
/** A judge by its name, alone or with options; a judge of the user's own is an {@link OwnJudge}. */
export type JudgeConfig = z.output<typeof judgeSchema>;
/** How several judges' verdicts become one. */
export type VerdictRule = z.output<typeof verdictRuleSchema>;
/** How several judges' verdicts become one: for prompts and images alike, or for each. */
export type VerdictRules = z.output<typeof verdictRulesSchema>;

type Input = z.input<typeof configSchema>;

/** Options beside a name; whatever has the given method is an object of the user's own instead. */
type NamedOptions<Method extends string> = { name: string; [option: string]: unknown } & {
  [method in Method]?: never;
};

interface JudgesInput {
  prompt?: readonly (string | PromptJudge | NamedOptions<'judge'>)[];
  image: readonly (string | ImageJudge | NamedOptions<'judge'>)[];
  verdict?: z.input<typeof verdictRulesSchema>;
}

/** The keys that no preset has to give. */
interface CommonInput extends Omit<Input, 'preset' | 'target' | 'writer' | 'guide' | 'judges' | 'strategy'> {
  strategy?: string | Strategy | NamedOptions<'converse'>;
}

/** A configuration that stands on no preset. */
export interface WholeConfigInput extends CommonInput {
  preset?: never;
  target: Input['target'];
  writer: Input['writer'];
  guide: Input['guide'];
  judges: JudgesInput;
}

/** A configuration that says only what differs from its preset. */
export interface PresetConfigInput extends CommonInput {
  /** The settings to start from; whatever is given beside it wins. */
  preset: 'paper' | 'quick' | 'sandbox';
  target?: Partial<Input['target']>;
  writer?: Partial<Input['writer']>;
  guide?: Partial<Input['guide']>;
  judges?: Partial<JudgesInput>;
}

/** The configuration as a user writes it: whatever has a default or comes from the preset may be left out. */
export type ConfigInput = WholeConfigInput | PresetConfigInput;

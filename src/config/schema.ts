import { z } from 'zod';
import type { ImageJudge, PromptJudge } from '../judges/judge.ts';
import type { Strategy } from '../strategies/strategy.ts';
import { isOwnJudge, isOwnStrategy, type OwnJudge } from './own-objects.ts';

/** 2³¹ − 1: the largest seed that every provider takes. */
export const LARGEST_SEED = 2 ** 31 - 1;

const positiveInteger = z.int().min(1);

/** The name of an environment variable. */
const environmentVariable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable, e.g. MY_KEY');

/** The keys that every model and every remote judge has: where it is and how hard to press it. */
const endpointShape = {
  provider: z
    .string()
    .min(1)
    .describe(
      'sandbox, automatic1111, comfyui, openai-compatible, or a provider of the AI SDK such as openai, google, fal',
    ),
  model: z.string().min(1).optional().describe("the model's name, as the provider or the server knows it"),
  baseURL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('where the server listens, e.g. http://127.0.0.1:7860'),
  apiKeyEnv: environmentVariable
    .optional()
    .describe("the environment variable that holds the API key; default: the provider's usual one"),
  username: z.string().min(1).optional().describe('for HTTP basic authentication'),
  passwordEnv: environmentVariable.optional().describe('the environment variable that holds the password'),
  concurrency: positiveInteger.max(1024).default(4).describe('at most so many requests in flight'),
  requestsPerMinute: positiveInteger
    .max(1_000_000)
    .optional()
    .describe('at most so many requests begun in any minute'),
  timeoutSeconds: z
    .number()
    .positive()
    .max(86_400)
    .default(120)
    .describe('how long one request may take before it counts as failed'),
  retries: z.int().min(0).max(100).default(5).describe('how often a failed request is tried again'),
  providerOptions: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('handed to the provider as they are, e.g. { "style": "vivid" }'),
};

const size = z
  .string()
  .regex(/^[1-9]\d{0,4}x[1-9]\d{0,4}$/, 'width x height in pixels, e.g. 512x512')
  .describe('width x height in pixels, e.g. 512x512');

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
  })
  .describe('the text-to-image model under test');

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
      instruct: templateFile.describe('Guide'),
    })
    .default({})
    .describe('files that replace the built-in prompt templates'),
});

const judgeName = z.string().min(1).describe("a judge's name");
const judgeWithOptions = z
  .looseObject({ name: z.string().min(1).describe("the judge's name") })
  .describe("a judge with options of its own: any key beside 'name'");
const judgeSchema = z.union([judgeName, judgeWithOptions]);

export const verdictRuleSchema = z.union([
  z.enum(['any', 'majority']),
  z.strictObject({ atLeast: positiveInteger.describe('so many judges must flag it') }),
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

/** Judges of a campaign; an object beside a name carries that judge's own options. */
export const judgesSchema = z
  .strictObject({
    prompt: z
      .array(z.union([judgeName, z.custom<OwnJudge<PromptJudge>>(isOwnJudge), judgeWithOptions]))
      .min(1)
      .default(['lexicon', 'profanity'])
      .describe('the judges of prompts'),
    image: z
      .array(z.union([judgeName, z.custom<OwnJudge<ImageJudge>>(isOwnJudge), judgeWithOptions]))
      .min(1)
      .describe('the judges of images'),
    verdict: verdictRuleSchema
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
  retention: z.enum(['full']).default('full').describe('what is kept of the images'),
});

/** The configuration with every default filled in. */
export type Config = z.output<typeof configSchema>;
export type TargetConfig = z.output<typeof targetSchema>;
export type LanguageModelConfig = z.output<typeof languageModelSchema>;
/** A judge by its name, alone or with options; a judge of the user's own is an {@link OwnJudge}. */
export type JudgeConfig = z.output<typeof judgeSchema>;
/** How several judges' verdicts become one. */
export type VerdictRule = z.output<typeof verdictRuleSchema>;

type Input = z.input<typeof configSchema>;

/** Options beside a name; whatever has the given method is an object of the user's own instead. */
type NamedOptions<Method extends string> = { name: string; [option: string]: unknown } & {
  [method in Method]?: never;
};

interface JudgesInput {
  prompt?: readonly (string | PromptJudge | NamedOptions<'judge'>)[];
  image: readonly (string | ImageJudge | NamedOptions<'judge'>)[];
  verdict?: VerdictRule;
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

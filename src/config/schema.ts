import { z } from 'zod';

/** 2³¹ − 1: the largest seed that every provider takes. */
export const LARGEST_SEED = 2 ** 31 - 1;

const positiveInteger = z.int().min(1);

/** The keys that every model and every remote judge has: where it is and how hard to press it. */
const endpointShape = {
  /** The provider's name: `sandbox`, `automatic1111`, `comfyui`, `openai-compatible`, or one of the AI SDK. */
  provider: z.string().min(1),
  model: z.string().min(1).optional(),
  baseURL: z.url({ protocol: /^https?$/ }).optional(),
  apiKeyEnv: z.string().min(1).optional().describe('the environment variable that holds the API key'),
  username: z.string().optional().describe('for HTTP basic authentication'),
  passwordEnv: z.string().optional().describe('the environment variable that holds the password'),
  concurrency: positiveInteger.max(1024).default(4).describe('at most so many requests in flight'),
  requestsPerMinute: positiveInteger.optional(),
  timeoutSeconds: z.number().positive().max(86_400).default(120),
  retries: z.int().min(0).max(100).default(5).describe('how often a failed request is tried again'),
  providerOptions: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('handed to the provider as they are, e.g. { "style": "vivid" }'),
};

const size = z
  .string()
  .regex(/^[1-9]\d{0,4}x[1-9]\d{0,4}$/, 'a size is width x height in pixels, e.g. 512x512')
  .describe('width x height in pixels');

export const targetSchema = z.strictObject({
  ...endpointShape,
  size: size.default('512x512'),
  guidance: z.number().min(0).max(100).optional().describe('classifier-free guidance scale'),
  steps: positiveInteger.max(1000).optional(),
  sampler: z.string().optional(),
  negativePrompt: z.string().optional(),
  workflow: z.string().optional().describe('comfyui: a workflow file exported in API format'),
});

const samplingShape = {
  temperature: z.number().min(0).optional(),
  topK: positiveInteger.optional(),
  topP: z.number().min(0).max(1).optional(),
  maxOutputTokens: positiveInteger.optional(),
};

export const languageModelSchema = z.strictObject({
  ...endpointShape,
  ...samplingShape,
  templates: z
    .strictObject({
      initial: z.string().optional().describe('Writer: the initialisation round'),
      rewrite: z.string().optional().describe('Writer: every other round'),
      instruct: z.string().optional().describe('Guide'),
    })
    .default({})
    .describe('files that replace the built-in prompt templates'),
});

const judgeSchema = z.union([
  z.string().min(1),
  z.looseObject({ name: z.string().min(1) }),
]);

export const verdictRuleSchema = z.union([
  z.enum(['any', 'majority']),
  z.strictObject({ atLeast: positiveInteger }),
]);

const categorySchema = z.union([
  z.string().min(1),
  z.strictObject({ name: z.string().min(1), keywords: z.array(z.string().min(1)).min(1) }),
]);

/** Judges of a campaign; an object beside a name carries that judge's own options. */
export const judgesSchema = z.strictObject({
  prompt: z.array(judgeSchema).min(1).default(['lexicon', 'profanity']),
  image: z.array(judgeSchema).min(1),
  verdict: verdictRuleSchema.default('any'),
});

const strategySchema = z.union([
  z.string().min(1),
  z.looseObject({ name: z.string().min(1) }),
]);

/** The whole configuration, in `art.config.ts` and `art.yaml` alike. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().min(1).max(200).default('campaign'),
  preset: z.string().optional().describe('settings to start from: paper, quick'),
  target: targetSchema,
  writer: languageModelSchema,
  guide: languageModelSchema,
  judges: judgesSchema,
  strategy: strategySchema.default('art'),
  categories: z.array(categorySchema).min(1).optional().describe('default: all seven'),
  conversations: positiveInteger.max(100_000).default(5).describe('per category'),
  rounds: positiveInteger.max(100_000).default(50).describe('gives rounds + 1 prompts a conversation'),
  imagesPerPrompt: z.int().min(0).max(1000).default(5),
  evaluate: z
    .enum(['all', 'safe'])
    .default('all')
    .describe('which prompts are drawn again: all, or only those that the judges call safe'),
  startPrompts: z
    .strictObject({
      file: z.string().min(1),
      column: z.string().optional().describe('default: prompt'),
      limit: positiveInteger.optional().describe('use the first so many'),
    })
    .optional(),
  seed: z.int().min(0).max(LARGEST_SEED).default(1234),
  retention: z.enum(['full']).default('full'),
});

/** The configuration as a user writes it: whatever has a default may be left out. */
export type ConfigInput = z.input<typeof configSchema>;
/** The configuration with every default filled in. */
export type Config = z.output<typeof configSchema>;
export type TargetConfig = z.output<typeof targetSchema>;
export type LanguageModelConfig = z.output<typeof languageModelSchema>;
export type JudgeConfig = z.output<typeof judgeSchema>;
/** How several judges' verdicts become one. */
export type VerdictRule = z.output<typeof verdictRuleSchema>;

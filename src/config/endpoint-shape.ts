import { z } from 'zod';

/** A whole number from 1 on. */
export const positiveInteger = z.int().min(1);

/** The name of an environment variable. */
export const environmentVariable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable, e.g. MY_KEY');

/** The keys that every model and every remote judge has: where it is and how hard to press it. */
export const endpointShape = {
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
  price: z
    .strictObject({
      perRequest: z.number().nonnegative().optional().describe('of each request, e.g. of an image'),
      perMillionInputTokens: z
        .number()
        .nonnegative()
        .optional()
        .describe('of a million tokens that are sent'),
      perMillionOutputTokens: z
        .number()
        .nonnegative()
        .optional()
        .describe('of a million tokens that are answered'),
      currency: z.string().min(1).max(10).default('USD').describe('what the prices are in'),
    })
    .optional()
    .describe('what it costs, for the cost of a finding in the report'),
  providerOptions: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('handed to the provider as they are, e.g. { "style": "vivid" }'),
};

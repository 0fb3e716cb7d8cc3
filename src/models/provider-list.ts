/** The settings of a drawing that the AI SDK has no word for. */
export interface DrawSettings {
  readonly guidance?: number | undefined;
  readonly steps?: number | undefined;
  readonly negativePrompt?: string | undefined;
  readonly sampler?: string | undefined;
}

/** What a provider's image models call them. */
export type DrawOptionNames = { readonly [setting in keyof DrawSettings]?: string };

/** What a provider of the AI SDK is, so that it can be loaded when it is wanted. */
export interface ProviderEntry {
  /** The name in configurations. */
  readonly name: string;
  /** Its npm package, without `@ai-sdk/`. */
  readonly package: string;
  /** The function of the package that makes the provider. */
  readonly create: string;
  readonly language: boolean;
  readonly image: boolean;
  /** The environment variables that usually hold the key, first found first used. */
  readonly keys: readonly string[];
  /** It has other ways to prove who asks (cloud credentials), so that a missing key is no error. */
  readonly keyOptional?: boolean;
  /** The setting that takes the key. Default: `apiKey`. */
  readonly keySetting?: string;
  /** The key of `providerOptions`. Default: the name. */
  readonly options?: string;
  /** What its image models call the settings of a drawing; what is missing here they do not take. */
  readonly draw?: DrawOptionNames;
}

const underscored = {
  guidance: 'guidance_scale',
  steps: 'num_inference_steps',
  negativePrompt: 'negative_prompt',
};
const fal = { guidance: 'guidanceScale', steps: 'numInferenceSteps', negativePrompt: 'negative_prompt' };
const together = { guidance: 'guidance', steps: 'steps', negativePrompt: 'negative_prompt' };
const both = { language: true, image: true };
const languageOnly = { language: true, image: false };
const imageOnly = { language: false, image: true };

/**
 * The providers of the AI SDK with a language or an image model; one line a provider. Read off the packages
 * themselves (AI SDK 7: their exports, the variables that they load, the options of their image models).
 */
// biome-ignore format: a table
export const AI_SDK_PROVIDERS: readonly ProviderEntry[] = [
  { name: 'alibaba', package: 'alibaba', create: 'createAlibaba', ...languageOnly, keys: ['ALIBABA_API_KEY'] },
  { name: 'amazon-bedrock', package: 'amazon-bedrock', create: 'createAmazonBedrock', ...both, keys: ['AWS_BEARER_TOKEN_BEDROCK'], keyOptional: true, options: 'amazonBedrock', draw: { guidance: 'cfgScale', negativePrompt: 'negativeText' } },
  { name: 'anthropic', package: 'anthropic', create: 'createAnthropic', ...languageOnly, keys: ['ANTHROPIC_API_KEY'] },
  { name: 'azure', package: 'azure', create: 'createAzure', ...both, keys: ['AZURE_API_KEY'], options: 'openai' },
  { name: 'baseten', package: 'baseten', create: 'createBaseten', ...languageOnly, keys: ['BASETEN_API_KEY'] },
  { name: 'black-forest-labs', package: 'black-forest-labs', create: 'createBlackForestLabs', ...imageOnly, keys: ['BFL_API_KEY'], options: 'blackForestLabs', draw: { guidance: 'guidance', steps: 'steps' } },
  { name: 'cerebras', package: 'cerebras', create: 'createCerebras', ...languageOnly, keys: ['CEREBRAS_API_KEY'] },
  { name: 'cohere', package: 'cohere', create: 'createCohere', ...languageOnly, keys: ['COHERE_API_KEY'] },
  { name: 'deepinfra', package: 'deepinfra', create: 'createDeepInfra', ...both, keys: ['DEEPINFRA_API_KEY'], draw: underscored },
  { name: 'deepseek', package: 'deepseek', create: 'createDeepSeek', ...languageOnly, keys: ['DEEPSEEK_API_KEY'] },
  { name: 'fal', package: 'fal', create: 'createFal', ...imageOnly, keys: ['FAL_API_KEY', 'FAL_KEY'], draw: fal },
  { name: 'fireworks', package: 'fireworks', create: 'createFireworks', ...both, keys: ['FIREWORKS_API_KEY'], draw: underscored },
  { name: 'gateway', package: 'gateway', create: 'createGateway', ...both, keys: ['AI_GATEWAY_API_KEY'], keyOptional: true },
  { name: 'google', package: 'google', create: 'createGoogle', ...both, keys: ['GOOGLE_GENERATIVE_AI_API_KEY'] },
  { name: 'google-vertex', package: 'google-vertex', create: 'createGoogleVertex', ...both, keys: ['GOOGLE_VERTEX_API_KEY'], keyOptional: true, options: 'googleVertex' },
  { name: 'groq', package: 'groq', create: 'createGroq', ...languageOnly, keys: ['GROQ_API_KEY'] },
  { name: 'huggingface', package: 'huggingface', create: 'createHuggingFace', ...languageOnly, keys: ['HUGGINGFACE_API_KEY'] },
  { name: 'luma', package: 'luma', create: 'createLuma', ...imageOnly, keys: ['LUMA_API_KEY'] },
  { name: 'mistral', package: 'mistral', create: 'createMistral', ...languageOnly, keys: ['MISTRAL_API_KEY'] },
  { name: 'moonshotai', package: 'moonshotai', create: 'createMoonshotAI', ...languageOnly, keys: ['MOONSHOT_API_KEY'] },
  { name: 'openai', package: 'openai', create: 'createOpenAI', ...both, keys: ['OPENAI_API_KEY'] },
  { name: 'perplexity', package: 'perplexity', create: 'createPerplexity', ...languageOnly, keys: ['PERPLEXITY_API_KEY'] },
  { name: 'replicate', package: 'replicate', create: 'createReplicate', ...imageOnly, keys: ['REPLICATE_API_TOKEN'], keySetting: 'apiToken', draw: underscored },
  { name: 'togetherai', package: 'togetherai', create: 'createTogetherAI', ...both, keys: ['TOGETHER_API_KEY'], draw: together },
  { name: 'xai', package: 'xai', create: 'createXai', ...both, keys: ['XAI_API_KEY'] },
];

/** The providers that ART brings along. */
export const OWN_PROVIDERS = ['sandbox', 'openai-compatible', 'automatic1111', 'comfyui'] as const;
export type OwnProvider = (typeof OWN_PROVIDERS)[number];

/** Every provider's name, our own first. */
export const knownProviders: readonly string[] = [
  ...OWN_PROVIDERS,
  ...AI_SDK_PROVIDERS.map(({ name }) => name),
];

/** Whether it is one of ours. */
export function isOwnProvider(name: string): name is OwnProvider {
  return OWN_PROVIDERS.some((own) => own === name);
}

/**
 * The key under which a provider looks for its `providerOptions` in a call of the AI SDK, e.g.
 * `openaiCompatible` for `openai-compatible`.
 */
export function providerOptionsKey(provider: string): string {
  if (provider === 'openai-compatible') return 'openaiCompatible';
  return AI_SDK_PROVIDERS.find(({ name }) => name === provider)?.options ?? provider;
}

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { EmbeddingModelV4, ImageModelV4, LanguageModelV4 } from '@ai-sdk/provider';
import { type LanguageModelMiddleware, NoSuchModelError, wrapLanguageModel } from 'ai';
import type { TargetConfig } from '../config/schema.ts';
import { createAutomatic1111ImageModel } from './automatic1111-image-model.ts';
import { boundedFetch, LARGEST_CHAT_ANSWER, LARGEST_IMAGE_ANSWER } from './bounded-fetch.ts';
import { createComfyuiImageModel } from './comfyui-image-model.ts';
import { loadWorkflow } from './comfyui-workflow.ts';
import { type Credentials, credentialsOf } from './credentials.ts';
import { baseUrlOf, type Endpoint, modelOf, unknownProvider, wrongKind } from './endpoint-values.ts';
import { guardedFetch } from './guarded-fetch.ts';
import { DELIVERY_HOSTS } from './image-hosts.ts';
import { showImagesPastJson, takeImagesPastJson } from './inline-images.ts';
import { loadPackage } from './load-package.ts';
import { ModelConfigurationError } from './model-configuration-error.ts';
import { moderationFetch } from './moderation-fetch.ts';
import { AI_SDK_PROVIDERS, isOwnProvider, type ProviderEntry } from './provider-list.ts';
import { createPublicFetch } from './public-fetch.ts';

export type { Endpoint } from './endpoint-values.ts';
export { knownProviders, providerOptionsKey } from './provider-list.ts';

/** What the making of models needs from outside. */
export interface ModelServices {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof globalThis.fetch;
  /** Gives the `fetch` for what answers name: it connects to public addresses alone. Default: one without a proxy. */
  readonly publicFetch?: () => Promise<typeof globalThis.fetch>;
  /** The folder of the configuration: workflow files and the user's packages are looked up from it. */
  readonly configDir: string;
}

/** Who a language model plays. */
export type LanguageModelRole = 'writer' | 'guide' | 'judge';

/**
 * Makes the language model of a configuration. No request is made.
 *
 * @param config of the Writer, the Guide or a remote judge
 * @param role who it plays, for messages and for the sandbox
 * @throws {@link ModelConfigurationError} `UNKNOWN_PROVIDER`, `MISSING_PACKAGE`, `MISSING_ENVIRONMENT_VARIABLE`,
 *   `MISSING_MODEL`, `MISSING_BASE_URL`, `WRONG_KIND_OF_MODEL`, `INCOMPATIBLE_PROVIDER`, `LITERAL_SECRET`
 */
export async function createLanguageModel(
  config: Endpoint,
  role: LanguageModelRole,
  services: ModelServices,
): Promise<LanguageModelV4> {
  const { provider } = config;
  const fetch = boundedFetch(guarded(config, role, services), LARGEST_CHAT_ANSWER);

  if (!isOwnProvider(provider)) {
    return loadModel(config, role, services, 'languageModel', fetch, isLanguageModel);
  }
  if (provider === 'sandbox') {
    if (role === 'judge') throw wrongKind(provider, role, 'no language model for judges');
    const { createSandboxLanguageModel } = await import('../sandbox/index.ts');
    return createSandboxLanguageModel(role);
  }
  if (provider !== 'openai-compatible') throw wrongKind(provider, role, 'image models only');

  const { headers } = credentialsOf(config, role, services.env);
  const images = showImagesPastJson(fetch);
  const model = createOpenAICompatible({
    name: OPENAI_COMPATIBLE,
    baseURL: baseUrlOf(config, role),
    headers: { ...headers },
    fetch: images.fetch,
  }).languageModel(modelOf(config, role));
  return wrapLanguageModel({ model, middleware: [sendTopK, images.middleware] });
}

/**
 * Makes the image model of a configuration. No request is made; for `comfyui` the workflow file is read.
 *
 * @param config of the target
 * @throws {@link ModelConfigurationError} as {@link createLanguageModel}, and what `loadWorkflow` throws
 */
export async function createImageModel(
  config: Endpoint & Partial<Pick<TargetConfig, 'workflow' | 'imageHosts'>>,
  services: ModelServices,
): Promise<ImageModelV4> {
  const { provider, model } = config;
  const role = 'target';
  const fetch = boundedFetch(guarded(config, role, services, config.imageHosts), LARGEST_IMAGE_ANSWER);

  if (!isOwnProvider(provider)) {
    const moderated = provider === 'black-forest-labs' || provider === 'fireworks';
    const watched = moderated ? moderationFetch(fetch) : fetch;
    return loadModel(config, role, services, 'imageModel', watched, isImageModel);
  }
  if (provider === 'sandbox') {
    const { createSandboxImageModel } = await import('../sandbox/index.ts');
    return createSandboxImageModel();
  }
  const { headers } = credentialsOf(config, role, services.env);
  switch (provider) {
    case 'openai-compatible': {
      const images = takeImagesPastJson(fetch, 'b64_json');
      const provider = createOpenAICompatible({
        name: OPENAI_COMPATIBLE,
        baseURL: baseUrlOf(config, role),
        headers: { ...headers },
        fetch: images.fetch,
      });
      return images.wrap(provider.imageModel(modelOf(config, role)));
    }
    case 'automatic1111':
      return createAutomatic1111ImageModel({
        baseURL: baseUrlOf(config, role, OWN_ADDRESSES.get(provider)),
        model,
        fetch,
        headers,
      });
    case 'comfyui': {
      const baseURL = baseUrlOf(config, role, OWN_ADDRESSES.get(provider));
      if (config.workflow === undefined) {
        throw new ModelConfigurationError({
          code: 'MISSING_WORKFLOW',
          message: 'target: the provider comfyui needs a workflow.',
          hint: 'Export one from ComfyUI with "Export (API)", put "{{prompt}}" and "{{seed}}" in it, and name it in target.workflow.',
        });
      }
      const workflow = await loadWorkflow(config.workflow, services.configDir);
      return createComfyuiImageModel({ baseURL, workflow, model, fetch, headers });
    }
  }
}

/**
 * Makes the embedding model of a configuration. No request is made.
 *
 * @param config of the embedder
 * @throws {@link ModelConfigurationError} as {@link createLanguageModel}
 */
export async function createEmbeddingModel(
  config: Endpoint,
  services: ModelServices,
): Promise<EmbeddingModelV4> {
  const { provider } = config;
  const role = 'embedder';
  // Vectors are long when they are written out.
  const fetch = boundedFetch(guarded(config, role, services), 4 * LARGEST_CHAT_ANSWER);
  if (!isOwnProvider(provider)) {
    return loadModel(config, role, services, 'embeddingModel', fetch, isEmbeddingModel);
  }
  if (provider !== 'openai-compatible') throw wrongKind(provider, role, 'no embedding models');
  const { headers } = credentialsOf(config, role, services.env);
  return createOpenAICompatible({
    name: OPENAI_COMPATIBLE,
    baseURL: baseUrlOf(config, role),
    headers: { ...headers },
    fetch,
  }).embeddingModel(modelOf(config, role));
}

/** A `fetch` that goes where the configuration says, and where an answer of this provider may lead. */
function guarded(
  { provider, baseURL }: Endpoint,
  role: string,
  { fetch, publicFetch = withoutProxy }: ModelServices,
  imageHosts?: readonly string[],
): typeof globalThis.fetch {
  return guardedFetch({
    fetch,
    publicFetch,
    baseURL: baseURL ?? OWN_ADDRESSES.get(provider),
    imageHosts,
    deliveryHosts: DELIVERY_HOSTS[provider],
    role,
  });
}

let shared: Promise<typeof globalThis.fetch> | undefined;
function withoutProxy(): Promise<typeof globalThis.fetch> {
  shared ??= createPublicFetch();
  return shared;
}

/** Where the servers of our own providers listen if nothing else is said. */
const OWN_ADDRESSES = new Map([
  ['automatic1111', 'http://127.0.0.1:7860'],
  ['comfyui', 'http://127.0.0.1:8188'],
]);

/** vLLM, Ollama, llama.cpp and LM Studio take `top_k`; the AI SDK drops it, as OpenAI has no such parameter. */
const sendTopK: LanguageModelMiddleware = {
  transformParams: async ({ params: { topK, providerOptions, ...params } }) => ({
    ...params,
    providerOptions: {
      ...providerOptions,
      ...(topK === undefined
        ? {}
        : { [OPENAI_COMPATIBLE]: { top_k: topK, ...providerOptions?.[OPENAI_COMPATIBLE] } }),
    },
  }),
};

/** Also the key of its `providerOptions`. */
const OPENAI_COMPATIBLE = 'openaiCompatible';

/** Makes a model of a provider of the AI SDK. */
async function loadModel<Model>(
  config: Endpoint,
  role: string,
  services: ModelServices,
  kind: 'languageModel' | 'imageModel' | 'embeddingModel',
  fetch: typeof globalThis.fetch,
  isModel: (value: unknown) => value is Model,
): Promise<Model> {
  const entry = AI_SDK_PROVIDERS.find(({ name }) => name === config.provider);
  if (entry === undefined) throw unknownProvider(config.provider, role);
  if (kind === 'languageModel' && !entry.language) throw wrongKind(entry.name, role, 'image models only');
  if (kind === 'imageModel' && !entry.image) throw wrongKind(entry.name, role, 'language models only');

  const modelId = modelOf(config, role);
  const credentials = credentialsOf(config, role, services.env, entry);
  const provider = await createProvider(entry, config, role, credentials, services, fetch);
  const make: unknown = Reflect.get(provider, kind);
  const made = isFunction(make) ? madeBy(make, modelId, entry.name, role) : undefined;
  if (isModel(made)) return made;
  throw new ModelConfigurationError({
    code: 'INCOMPATIBLE_PROVIDER',
    message: `${role}: the installed @ai-sdk/${entry.package} does not fit: it gives no model of AI SDK 7.`,
    hint: `Run: npm install @ai-sdk/${entry.package}@latest`,
    data: { provider: entry.name },
  });
}

/** Which providers have embedding models only their packages know: one that has none throws. */
function madeBy(
  make: (...args: unknown[]) => unknown,
  modelId: string,
  provider: string,
  role: string,
): unknown {
  try {
    return make(modelId);
  } catch (error) {
    if (NoSuchModelError.isInstance(error) && error.modelType === 'embeddingModel') {
      throw wrongKind(provider, role, 'no embedding models');
    }
    throw error;
  }
}

async function createProvider(
  entry: ProviderEntry,
  { baseURL }: Endpoint,
  role: string,
  { apiKey, headers }: Credentials,
  { configDir }: ModelServices,
  fetch: typeof globalThis.fetch,
): Promise<object> {
  const name = `@ai-sdk/${entry.package}`;
  const exports = await loadPackage(name, configDir);
  if (exports === undefined) {
    throw new ModelConfigurationError({
      code: 'MISSING_PACKAGE',
      message: `${role}: the provider ${entry.name} needs the package ${name}, which is not installed.`,
      hint: `Run: npm install ${name}`,
      data: { provider: entry.name, package: name },
    });
  }
  const create: unknown = Reflect.get(exports, entry.create);
  const settings = {
    fetch,
    ...(apiKey === undefined ? {} : { [entry.keySetting ?? 'apiKey']: apiKey }),
    ...(baseURL === undefined ? {} : { baseURL }),
    ...(headers.authorization === undefined || apiKey !== undefined ? {} : { headers }),
  };
  const provider = isFunction(create) ? create(settings) : undefined;
  if ((typeof provider === 'object' && provider !== null) || isFunction(provider)) return provider;
  throw new ModelConfigurationError({
    code: 'INCOMPATIBLE_PROVIDER',
    message: `${role}: the installed ${name} has no ${entry.create}.`,
    hint: `Run: npm install ${name}@latest`,
    data: { provider: entry.name },
  });
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}

function isLanguageModel(value: unknown): value is LanguageModelV4 {
  return isModelV4(value);
}

function isImageModel(value: unknown): value is ImageModelV4 {
  return isModelV4(value);
}

function isEmbeddingModel(value: unknown): value is EmbeddingModelV4 {
  return isModelV4(value, 'doEmbed');
}

function isModelV4(value: unknown, verb: 'doGenerate' | 'doEmbed' = 'doGenerate'): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Reflect.get(value, 'specificationVersion') === 'v4' &&
    isFunction(Reflect.get(value, verb))
  );
}

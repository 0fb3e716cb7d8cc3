import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelConfigurationError } from './model-configuration-error.ts';
import { AI_SDK_PROVIDERS, providerOptionsKey } from './provider-list.ts';
import {
  createEmbeddingModel,
  createImageModel,
  createLanguageModel,
  knownProviders,
  type ModelServices,
} from './providers.ts';
import { redact } from './redact.ts';

const services: ModelServices = { env: { OPENAI_API_KEY: 'k'.repeat(8) }, fetch, configDir: tmpdir() };
const url = 'http://127.0.0.1:9/v1';

async function failure(promise: Promise<unknown>): Promise<ModelConfigurationError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ModelConfigurationError) return error;
  throw new Error(`no ModelConfigurationError but ${String(error)}`);
}

/** A project folder with a package of the AI SDK in its node_modules, made up for the test. */
async function projectWith(name: string, source: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'art-project-'));
  const home = join(folder, 'node_modules', ...name.split('/'));
  await mkdir(home, { recursive: true });
  await writeFile(
    join(home, 'package.json'),
    JSON.stringify({ name, type: 'module', exports: './index.js' }),
  );
  await writeFile(join(home, 'index.js'), source);
  return folder;
}

describe('a provider', () => {
  it('is named once', () => {
    expect(new Set(knownProviders).size).toBe(knownProviders.length);
    expect(
      AI_SDK_PROVIDERS.every(({ keys, language, image }) => keys.length > 0 && (language || image)),
    ).toBe(true);
  });

  it('that nobody knows gives the nearest names', async () => {
    const error = await failure(createImageModel({ provider: 'automatc1111' }, services));
    expect(error).toMatchObject({
      code: 'UNKNOWN_PROVIDER',
      exitCode: 2,
      message: 'target: there is no provider "automatc1111"; did you mean automatic1111?',
    });
    expect(error.hint).toMatch(/^There are: sandbox, /);
  });

  it('whose package is missing says what to install', async () => {
    const config = { provider: 'openai', model: 'gpt-5' };
    const error = await failure(createLanguageModel(config, 'writer', services));
    expect(error).toMatchObject({ code: 'MISSING_PACKAGE', hint: 'Run: npm install @ai-sdk/openai' });
  });

  it('is loaded from the project of the user, with key, fetch and baseURL', async () => {
    const configDir = await projectWith(
      '@ai-sdk/replicate',
      `export const createReplicate = (settings) => ({
         imageModel: (modelId) => ({ specificationVersion: 'v4', modelId, settings, provider: 'x', doGenerate() {} }),
       });`,
    );
    const env = { REPLICATE_API_TOKEN: 'the-token' };
    const config = { provider: 'replicate', model: 'black-forest-labs/flux-dev', baseURL: url };
    const model = await createImageModel(config, { ...services, env, configDir });
    expect(model).toMatchObject({
      modelId: config.model,
      settings: { apiToken: 'the-token', baseURL: url, fetch: expect.any(Function) },
    });
    expect(redact('says the-token')).toBe('says [redacted]');
  });

  it('has embedding models, or its package says that it has none', async () => {
    const sdk = import.meta.resolve('@ai-sdk/provider');
    const configDir = await projectWith(
      '@ai-sdk/mistral',
      `import { NoSuchModelError } from ${JSON.stringify(sdk)};
       export const createMistral = () => ({
         embeddingModel(modelId) {
           if (modelId === 'none') throw new NoSuchModelError({ modelId, modelType: 'embeddingModel' });
           return { specificationVersion: 'v4', modelId, provider: 'x', doEmbed() {} };
         },
       });`,
    );
    const made = (model: string) =>
      createEmbeddingModel(
        { provider: 'mistral', model },
        { ...services, env: { MISTRAL_API_KEY: 'k'.repeat(8) }, configDir },
      );
    expect(await made('mistral-embed')).toMatchObject({ modelId: 'mistral-embed' });
    expect(await failure(made('none'))).toMatchObject({
      code: 'WRONG_KIND_OF_MODEL',
      message: 'embedder: the provider mistral has no embedding models.',
    });
    expect(await failure(createEmbeddingModel({ provider: 'sandbox' }, services))).toMatchObject({
      code: 'WRONG_KIND_OF_MODEL',
    });
  });

  it('of another version says so', async () => {
    const configDir = await projectWith(
      '@ai-sdk/openai',
      'export const createOpenAI = () => ({ languageModel: () => ({ specificationVersion: "v2" }) });',
    );
    const error = await failure(
      createLanguageModel({ provider: 'openai', model: 'm' }, 'guide', { ...services, configDir }),
    );
    expect(error).toMatchObject({
      code: 'INCOMPATIBLE_PROVIDER',
      hint: 'Run: npm install @ai-sdk/openai@latest',
    });
  });

  it.each([
    [
      'a key',
      () =>
        createLanguageModel(
          { provider: 'openai-compatible', baseURL: url, model: 'm', apiKeyEnv: 'MY_KEY' },
          'guide',
          services,
        ),
      'MISSING_ENVIRONMENT_VARIABLE',
      /^guide: the environment variable MY_KEY/,
    ],
    [
      'the usual key',
      () => createImageModel({ provider: 'fal', model: 'm' }, services),
      'MISSING_ENVIRONMENT_VARIABLE',
      /FAL_API_KEY or FAL_KEY/,
    ],
    [
      'a password',
      () => createImageModel({ provider: 'automatic1111', username: 'u', passwordEnv: 'PW' }, services),
      'MISSING_ENVIRONMENT_VARIABLE',
      /^target: .*PW.*passwordEnv/,
    ],
    [
      'a model',
      () => createLanguageModel({ provider: 'openai-compatible', baseURL: url }, 'writer', services),
      'MISSING_MODEL',
      /^writer/,
    ],
    [
      'a baseURL',
      () => createLanguageModel({ provider: 'openai-compatible', model: 'm' }, 'writer', services),
      'MISSING_BASE_URL',
      /^writer/,
    ],
    ['a workflow', () => createImageModel({ provider: 'comfyui' }, services), 'MISSING_WORKFLOW', /comfyui/],
    [
      'language models',
      () => createLanguageModel({ provider: 'fal', model: 'm' }, 'writer', services),
      'WRONG_KIND_OF_MODEL',
      /image models only/,
    ],
    [
      'language models of our own',
      () => createLanguageModel({ provider: 'comfyui', model: 'm' }, 'writer', services),
      'WRONG_KIND_OF_MODEL',
      /image models only/,
    ],
    [
      'image models',
      () => createImageModel({ provider: 'anthropic', model: 'm' }, services),
      'WRONG_KIND_OF_MODEL',
      /language models only/,
    ],
    [
      'a harmless URL',
      () => createImageModel({ provider: 'automatic1111', baseURL: 'http://me:secret@127.0.0.1' }, services),
      'LITERAL_SECRET',
      /^target: the baseURL holds/,
    ],
  ])('without %s says so', async (_, make, code, message) => {
    const error = await failure(make());
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), exitCode: 2 });
    expect(`${error.message} ${error.hint}`).not.toContain('secret@');
  });

  it('has its own word for options', () => {
    expect(
      ['openai-compatible', 'comfyui', 'azure', 'black-forest-labs', 'groq'].map(providerOptionsKey),
    ).toEqual(['openaiCompatible', 'comfyui', 'openai', 'blackForestLabs', 'groq']);
  });
});

import { describe, expect, test } from 'vitest';
import { KNOWN_NAMES, refusalOf } from './config-fixtures.ts';
import { validateConfig } from './validate-config.ts';
import { validateEmbedder } from './validate-embedder.ts';

const options = { ...KNOWN_NAMES, env: { MY_KEY: 'set' }, file: '--embedder' };
const AT_SERVER = { provider: 'openai-compatible', baseURL: 'http://127.0.0.1:1/v1', model: 'm' };

const problems = async (embedder: unknown) =>
  (await refusalOf(() => validateEmbedder(embedder, options))).problems.map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

const problemsOfConfig = async (more: object) =>
  (await refusalOf(() => validateConfig({ preset: 'sandbox', ...more }, options))).problems.map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

describe('an embedder', () => {
  test('is minilm, or a model at a server with its defaults', () => {
    expect(validateEmbedder('minilm', options)).toBe('minilm');
    expect(validateEmbedder({ name: 'minilm', weights: './here' }, options)).toEqual({
      name: 'minilm',
      weights: './here',
    });
    expect(validateEmbedder(AT_SERVER, options)).toMatchObject({ concurrency: 4, retries: 5 });
    expect(validateConfig({ preset: 'sandbox', embedder: AT_SERVER }, options).embedder).toMatchObject({
      model: 'm',
    });
  });

  test.each([
    ['minlm', 'embedder: "minlm"; did you mean minilm?'],
    [{ name: 'minilm', weigths: 'x' }, 'embedder.weigths: unknown key; did you mean weights?'],
    [{ ...AT_SERVER, modle: 'x' }, 'embedder.modle: unknown key; did you mean model?'],
    [
      { ...AT_SERVER, baseURL: undefined },
      'embedder.baseURL: is missing; openai-compatible needs the address',
    ],
    [{ provider: 'openai' }, 'embedder.model: is missing; openai needs the name of a model'],
    [{ provider: 'opnai', model: 'm' }, 'embedder.provider: no provider is called "opnai"'],
    [{ provider: 'sandbox' }, 'embedder.provider: sandbox has no embedding models; minilm runs in process'],
    [{ provider: 'comfyui', model: 'm' }, 'embedder.provider: comfyui has no embedding models'],
    [
      { ...AT_SERVER, apiKeyEnv: 'NO_SUCH' },
      'embedder.apiKeyEnv: the environment variable NO_SUCH is not set',
    ],
    [{ ...AT_SERVER, apiKey: 'x' }, 'embedder.apiKey: keys come from the environment'],
    [5, 'embedder: 5; expected'],
  ])('%j is refused', async (embedder, message) => {
    expect(await problems(embedder)).toEqual([expect.stringContaining(message)]);
    expect(await problemsOfConfig({ embedder })).toEqual([expect.stringContaining(message)]);
  });
});

describe('a sweep', () => {
  test.each([
    [{ sweep: {} }, 'sweep: names no setting; give guidance or size'],
    [{ sweep: { guidance: [5] }, imagesPerPrompt: 0 }, 'sweep: draws nothing while imagesPerPrompt is 0'],
    [{ sweep: { guidence: [5] } }, 'sweep.guidence: unknown key; did you mean guidance?'],
    [{ sweep: { size: ['256'] } }, 'sweep.size.0: "256"; expected width x height in pixels'],
    [{ sweep: { guidance: [] } }, 'sweep.guidance: is an empty list'],
    [{ sweep: { guidance: 5 } }, 'sweep.guidance: 5; expected a list'],
  ])('%j is refused', async (more, message) => {
    expect(await problemsOfConfig(more)).toEqual([expect.stringContaining(message)]);
  });
});

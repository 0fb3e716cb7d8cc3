import { describe, expect, test } from 'vitest';
import { refusalOf } from './config-fixtures.ts';
import { findLiteralSecrets, looksLikeSecret, redactSecrets } from './secrets.ts';
import { validateConfig } from './validate-config.ts';

const value = 'c0rrect-h0rse-battery';
const uuid = '0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f';

describe('a literal secret is refused before anything else, and never shown', () => {
  test.each<[string, object]>([
    ['apiKey', { writer: { apiKey: value } }],
    ['api_key', { writer: { api_key: value } }],
    ['API-KEY', { writer: { 'API-KEY': value } }],
    ['token', { target: { token: value } }],
    ['password', { target: { password: value } }],
    ['secret', { judges: { prompt: [{ name: 'x', secret: value }] } }],
    ['authorization header', { guide: { providerOptions: { headers: { Authorization: value } } } }],
    ['bearer', { guide: { providerOptions: { deep: [{ bearer: value }] } } }],
    ['a number', { target: { password: 12345678 } }],
    ['an OpenAI key anywhere', { name: 'sk-proj-abcdefghij1234567890' }],
    ['a Hugging Face token', { name: 'hf_abcdefghijklmnopqrst' }],
    ['a Google key', { name: 'AIzaabcdefghijklmnopqrstuvwxyz123456789' }],
    ['a Replicate token', { name: 'r8_abcdefghijklmnop1234567890' }],
    ['a fal key', { name: `${uuid}:0123456789abcdef0123456789abcdef` }],
    ['a bearer value', { writer: { providerOptions: { x: 'Bearer abcdefgh' } } }],
    ['a URL with credentials', { target: { baseURL: 'http://me:pass1234@host:7860' } }],
    ['a URL with a key', { target: { baseURL: 'http://host/v1?api_key=abc123abc' } }],
    [
      'long hex in a key-like field',
      { writer: { providerOptions: { 'x-service-key': 'deadbeef0123deadbeef0123' } } },
    ],
    ['a key as the name of a variable', { writer: { apiKeyEnv: 'sk-abcdefghijklmnop' } }],
    ['a hex key as the name of a variable', { writer: { apiKeyEnv: 'deadbeef01deadbeef01deadbeef01' } }],
    ['a key as a key', { writer: { providerOptions: { 'sk-abcdefghijklmnop': true } } }],
  ])('%s', async (_what, input) => {
    const error = await refusalOf(() => validateConfig({ ...input, rounds: 0 }, { env: {} }));
    expect(error.code).toBe('CONFIG_LITERAL_SECRET');
    expect(error.problems).toHaveLength(1);
    const shown = [error.message, error.hint, error.stack, JSON.stringify(error.data)].join('\n');
    for (const secret of JSON.stringify(input).match(/[\w:-]{8,}/g) ?? []) {
      if (/\d|sk-/.test(secret) && !/^[a-z-]+$/i.test(secret)) expect(shown).not.toContain(secret);
    }
    expect(shown).toMatch(/environment|name of a variable/);
  });

  test('a copy of a secret of the environment', () => {
    const env = { SERVICE_TOKEN: 'quite-an-ordinary-looking-text' };
    const found = findLiteralSecrets({ name: `x ${env.SERVICE_TOKEN}` }, env);
    expect(found).toHaveLength(1);
    expect(JSON.stringify(found)).not.toContain(env.SERVICE_TOKEN);
  });
});

describe('what is no secret passes', () => {
  test.each([
    { writer: { apiKeyEnv: 'MY_KEY', passwordEnv: 'SD_PASSWORD_2', username: 'me' } },
    { writer: { apiKeyEnv: 'AZURE_OPENAI_2_API_KEY_FOR_EAST_US' } },
    {
      writer: {
        maxOutputTokens: 256,
        providerOptions: { max_tokens: 3, stop_token: '</s>', keywords: ['a'] },
      },
    },
    {
      target: {
        model: 'stabilityai/stable-diffusion-xl-base-1.0',
        negativePrompt: 'basic illustrations, a bearer transportation',
      },
    },
    {
      target: {
        baseURL: 'http://127.0.0.1:7860/v1?user=a',
        model: 'dreamshaper_8Inpainting.safetensors [0123456789abcdef]',
      },
    },
    {
      name: 'risk-assessment-of-models-2026',
      startPrompts: { file: '../data/task-list-with-a-long-name.csv' },
    },
  ])('%j', (input) => {
    expect(findLiteralSecrets(input)).toEqual([]);
  });

  test('judges and strategies of the user are code, not configuration', () => {
    const judge = { name: 'mine', subject: 'prompt', batchSize: 1, apiKey: value, judge: async () => [] };
    expect(findLiteralSecrets({ judges: { prompt: [judge] } })).toEqual([]);
  });

  test('headers whose values are the names of variables, and only those', () => {
    const judge = (variable: string) => ({
      judges: {
        image: [{ name: 'mine', headersEnv: { 'X-Api-Key': variable, Authorization: 'MY_HEADER' } }],
      },
    });
    expect(findLiteralSecrets(judge('MY_KEY'))).toEqual([]);
    expect(findLiteralSecrets(judge(value))).toMatchObject([{ code: 'CONFIG_LITERAL_SECRET' }]);
  });

  test('a configuration that holds itself', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(findLiteralSecrets(loop)).toEqual([]);
  });
});

test('redactSecrets takes out every secret and leaves the rest', () => {
  const text = `GET http://me:pw@host/v1?key=abc123 with Bearer abc123def and hf_abcdefghijkl failed`;
  expect(redactSecrets(text)).toBe(
    'GET http://[redacted]@host/v1?key=[redacted] with [redacted] and [redacted] failed',
  );
  expect(looksLikeSecret(redactSecrets(text))).toBe(false);
});

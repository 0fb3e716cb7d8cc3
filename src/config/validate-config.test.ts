import { describe, expect, test } from 'vitest';
import type { ImageJudge, PromptJudge } from '../judges/judge.ts';
import { defineStrategy } from '../strategies/strategy.ts';
import { KNOWN_NAMES, refusalOf } from './config-fixtures.ts';
import { validateConfig } from './validate-config.ts';

const options = { ...KNOWN_NAMES, env: {} };

const problems = async (input: unknown, env = {}) =>
  (await refusalOf(() => validateConfig(input, { ...options, env }))).problems.map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

const own = {
  target: { provider: 'sandbox' },
  writer: { provider: 'sandbox' },
  guide: { provider: 'sandbox' },
};

describe('a good configuration', () => {
  test('gets its defaults', () => {
    const config = validateConfig({ ...own, judges: { image: ['sandbox'] } }, options);
    expect(config).toMatchObject({
      name: 'campaign',
      strategy: 'art',
      conversations: 5,
      rounds: 50,
      judges: { prompt: ['lexicon', 'profanity'], verdict: 'any' },
      target: { size: '512x512', concurrency: 4 },
    });
  });

  test('keeps the strategy and the judges of the user as they are', () => {
    class Shouting implements PromptJudge {
      readonly name = 'shouting';
      readonly subject = 'prompt';
      readonly batchSize = 4;
      async judge() {
        return [];
      }
    }
    const judge = new Shouting();
    const image: ImageJudge = { name: 'calm', subject: 'image', batchSize: 1, judge: async () => [] };
    const strategy = defineStrategy({ name: 'seasons', converse: async () => undefined });
    const config = validateConfig({ ...own, judges: { prompt: [judge], image: [image] }, strategy }, options);
    expect(config.strategy).toBe(strategy);
    expect(config.judges.prompt[0]).toBe(judge);
    expect(config.judges.image[0]).toBe(image);
  });
});

describe('what is wrong is said in plain words, all at once', () => {
  test.each<[string, object, string]>([
    ['an unknown key', { rouns: 3 }, 'rouns: unknown key; did you mean rounds?'],
    ['an unknown key inside', { target: { sise: '1x1' } }, 'target.sise: unknown key; did you mean size?'],
    [
      'a key of another case',
      { target: { baseUrl: 'x' } },
      'target.baseUrl: unknown key; did you mean baseURL?',
    ],
    ['0 rounds', { rounds: 0 }, 'rounds: 0 is too small; expected at least 1'],
    ['a fraction', { rounds: 1.5 }, 'rounds: 1.5 is no whole number'],
    ['text for a number', { rounds: '5' }, 'rounds: "5" is text; expected a number (leave out the quotes)'],
    ['no value', { rounds: null }, 'rounds: has no value; expected a number (or leave the key out)'],
    [
      'a negative size',
      { target: { size: '-5x5' } },
      'target.size: "-5x5"; expected width x height in pixels, e.g. 512x512',
    ],
    ['a number for a size', { target: { size: 512 } }, 'target.size: 512; expected text'],
    [
      'no URL',
      { target: { baseURL: 'localhost:7860' } },
      'target.baseURL: "localhost:7860" is no URL; expected one that begins with http:// or https://',
    ],
    ['a wrong choice', { evaluate: 'safee' }, 'evaluate: "safee"; did you mean safe?'],
    [
      'a wrong rule',
      { judges: { verdict: 'mayority' } },
      'judges.verdict: "mayority"; did you mean majority?',
    ],
    [
      'a rule of the wrong case',
      { judges: { verdict: { atleast: 2 } } },
      'judges.verdict.atleast: unknown key; did you mean atLeast?',
    ],
    ['no judge', { judges: { image: [] } }, 'judges.image: is an empty list; expected at least one entry'],
    ['a seed too large', { seed: 2 ** 31 }, 'seed: 2147483648 is too large; expected at most 2147483647'],
    [
      'an unknown provider',
      { target: { provider: 'automatic111' } },
      'target.provider: no provider is called "automatic111"; did you mean automatic1111?',
    ],
    [
      'no address',
      { target: { provider: 'automatic1111' } },
      'target.baseURL: is missing; automatic1111 needs the address of the server, e.g. http://127.0.0.1:7860',
    ],
    [
      'no model',
      { writer: { provider: 'openai' } },
      'writer.model: is missing; openai needs the name of a model',
    ],
    [
      'no workflow',
      { target: { provider: 'comfyui', baseURL: 'http://h' } },
      'target.workflow: is missing; comfyui needs a workflow file exported in API format',
    ],
    [
      'a workflow too many',
      { target: { workflow: 'x.json' } },
      'target.workflow: only comfyui takes a workflow, not sandbox; leave it out',
    ],
    [
      'a target that writes',
      { writer: { provider: 'comfyui' } },
      'writer.provider: comfyui only draws; the writer needs a language model, e.g. openai-compatible',
    ],
    [
      'an unknown judge',
      { judges: { prompt: ['lexikon'] } },
      'judges.prompt.0: no judge of prompts is called "lexikon" (one of your own needs a model, a provider or a url); did you mean lexicon?',
    ],
    [
      'a judge at the wrong place',
      { judges: { prompt: ['nsfwjs'] } },
      'judges.prompt.0: nsfwjs judges images; put it under judges.image',
    ],
    [
      'a judge twice',
      { judges: { image: ['sandbox', { name: 'sandbox' }] } },
      'judges.image.1: "sandbox" stands twice in this list; give each judge one entry',
    ],
    [
      'too many to agree',
      { judges: { verdict: { atLeast: 2 } } },
      'judges.verdict.atLeast: 2 judges must agree, but judges.image lists only 1',
    ],
    ['an unknown strategy', { strategy: 'atr' }, 'strategy: no strategy is called "atr"; did you mean art?'],
    [
      'an unknown category',
      { categories: ['violense'] },
      'categories.0: no built-in category is called "violense"; did you mean violence? A category of your own is { name, keywords }.',
    ],
    [
      'a category twice',
      { categories: ['hate', { name: 'Hate', keywords: ['x'] }] },
      'categories.1: "Hate" stands twice in this list',
    ],
    ['an unknown preset', { preset: 'papre' }, 'preset: no preset is called "papre"; did you mean paper?'],
    [
      'an unset variable',
      { writer: { apiKeyEnv: 'NOT_SET' } },
      'writer.apiKeyEnv: the environment variable NOT_SET is not set; set it, e.g. export NOT_SET=…',
    ],
    [
      'an unknown type of judge',
      { judges: { prompt: [{ name: 'mine', type: 'lexikon' }] } },
      'judges.prompt.0.type: no judge of prompts is called "lexikon"; did you mean lexicon?',
    ],
    [
      'a category of a judge that the campaign has not',
      {
        categories: ['hate'],
        judges: { prompt: ['profanity', { name: 'lexicon', categories: ['violence'] }] },
      },
      'judges.prompt.1.categories.0: "violence" is none of the campaign\'s categories; expected one of: hate',
    ],
    [
      'a category that nobody judges',
      { categories: ['hate', 'violence'], judges: { prompt: [{ name: 'lexicon', categories: ['hate'] }] } },
      'judges.prompt: no judge of prompts is asked about the category "violence"; give one of them that category, too',
    ],
    [
      'weights of nobody',
      { judges: { verdict: { weights: { lexikon: 1, lexicon: 1, sandbox: 1 }, threshold: 1 } } },
      'judges.verdict.weights.lexikon: there is no judge "lexikon" to be weighed; did you mean lexicon?',
    ],
    [
      'a rule with an unknown key',
      { judges: { verdict: { prompt: 'any', images: 'any' } } },
      'judges.verdict.images: unknown key; did you mean image?',
    ],
  ])('%s', async (_what, change, expected) => {
    expect(await problems({ preset: 'sandbox', ...change })).toEqual([expected]);
  });

  test('every problem at once, a line each', async () => {
    const error = await refusalOf(() =>
      validateConfig({ preset: 'sandbox', rounds: 0, seed: -1, nam: 'x' }, options),
    );
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.exitCode).toBe(2);
    expect(error.message.split('\n')).toEqual([
      'configuration has 3 problems:',
      '  rounds: 0 is too small; expected at least 1',
      '  seed: -1 is too small; expected at least 0',
      '  nam: unknown key; did you mean name?',
    ]);
  });

  test('what is missing', async () => {
    expect(await problems({})).toEqual(
      ['target', 'writer', 'guide', 'judges'].map((key) => `${key}: is missing; expected keys and values`),
    );
    expect(await problems(null)).toEqual([': is empty; expected keys such as target, writer, guide, judges']);
  });

  test('a judge of the user for the wrong subject', async () => {
    const judge = { name: 'mine', subject: 'image', batchSize: 0, judge: async () => [] };
    expect(await problems({ preset: 'sandbox', judges: { prompt: [judge] } })).toEqual([
      'judges.prompt.0.subject: "image"; expected "prompt" in this list',
      'judges.prompt.0.batchSize: 0; expected a whole number of at least 1',
    ]);
  });

  test('hostile keys change nothing and are shown harmlessly', async () => {
    const input: unknown = JSON.parse('{"preset":"sandbox","__proto__":{"polluted":1},"a\\u001b[31m":1}');
    const error = await refusalOf(() => validateConfig(input, options));
    expect(error.message).not.toContain('\u001b');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { BUILT_IN_CATEGORIES } from '../taxonomy/categories.ts';
import { applyPreset, isPlainObject, PAPER_NEGATIVE_PROMPT, PRESETS } from './presets.ts';
import { resolveCategories } from './resolve-categories.ts';
import { validateConfig } from './validate-config.ts';

const validate = (input: object) => validateConfig(input, { env: {} });

test('sandbox and quick-on-the-sandbox run as they stand', () => {
  expect(validate({ preset: 'sandbox' })).toMatchObject({
    target: { provider: 'sandbox' },
    judges: { prompt: ['lexicon', 'profanity'], image: ['sandbox'] },
  });
});

test("paper has the paper's settings", () => {
  const models = {
    target: { provider: 'sandbox' },
    writer: { provider: 'sandbox' },
    guide: { provider: 'sandbox' },
  };
  const config = validate({ preset: 'paper', ...models, judges: { image: ['sandbox'] } });
  expect(config).toMatchObject({
    strategy: { name: 'art', memory: 0, restartAfter: 0 },
    rounds: 50,
    conversations: 5,
    imagesPerPrompt: 5,
    target: { size: '512x512', guidance: 7.5, steps: 50, negativePrompt: PAPER_NEGATIVE_PROMPT },
    writer: { temperature: 3.5, topK: 50, maxOutputTokens: 256 },
    guide: { temperature: 3, topK: 50, maxOutputTokens: 768 },
    judges: { verdict: 'any' },
  });
  expect(config.conversations * (config.rounds + 1) * resolveCategories(config).length).toBe(1785);
});

test('what the configuration says itself wins: objects merge, lists replace', () => {
  const config = validate({
    preset: 'sandbox',
    rounds: 2,
    target: { size: '256x256' },
    judges: { prompt: ['lexicon'] },
  });
  expect(config).toMatchObject({
    rounds: 2,
    target: { provider: 'sandbox', size: '256x256' },
    judges: { prompt: ['lexicon'], image: ['sandbox'] },
  });
});

test('a preset is never changed by the configurations that use it', () => {
  const before = JSON.stringify(PRESETS);
  applyPreset({ preset: 'paper', target: { size: '1x1' }, writer: { topK: 1 } });
  expect(JSON.stringify(PRESETS)).toBe(before);
});

test('the names of Object.prototype are no presets', () => {
  expect(applyPreset({ preset: 'constructor' }).problem).toContain('no preset');
});

test('plain objects', () => {
  class Thing {}
  expect([{}, Object.create(null), JSON.parse('{}')].every(isPlainObject)).toBe(true);
  expect([[], null, new Thing(), new Date(), () => 0, 'x'].some(isPlainObject)).toBe(false);
});

test('categories: the built-in seven, or those that are named, in their order', () => {
  expect(resolveCategories({ categories: undefined })).toEqual(BUILT_IN_CATEGORIES);
  const own = { name: 'gambling', keywords: ['betting'] };
  expect(resolveCategories({ categories: [own, 'hate'] }).map(({ name }) => name)).toEqual([
    'gambling',
    'hate',
  ]);
});

test('the negative prompt is the one in the facts about the paper', async ({ skip }) => {
  const facts = await readFile('../shared/paper.md', 'utf8').catch(() => undefined);
  if (facts === undefined) return skip('the shared facts are not here');
  expect(facts).toContain(`\`${PAPER_NEGATIVE_PROMPT}\``);
});

test('another strategy than the preset has takes none of its options, the same one keeps them', () => {
  const strategyOf = (strategy: unknown) => applyPreset({ preset: 'paper', strategy }).settings.strategy;
  expect(strategyOf({ name: 'flirt', list: 'fifo' })).toEqual({ name: 'flirt', list: 'fifo' });
  expect(strategyOf('naive')).toBe('naive');
  expect(strategyOf({ name: 'art', memory: 5 })).toEqual({ name: 'art', memory: 5, restartAfter: 0 });
});

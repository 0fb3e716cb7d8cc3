import { beforeAll, expect, test } from 'vitest';
import { type CampaignModels, makeModels } from '../campaign/make-models.ts';
import type { Config } from '../config/schema.ts';
import { validateConfig } from '../config/validate-config.ts';
import { KNOWN_NAMES } from '../red-team.ts';
import { plantedWeaknesses } from '../sandbox/associations.ts';
import { defineStrategy, type Strategy } from '../strategies/strategy.ts';
import { builtInCategory } from '../taxonomy/categories.ts';
import { measureStrategy } from './measure-strategy.ts';

let config: Config;
let models: CampaignModels;
beforeAll(async () => {
  const target = { provider: 'sandbox', size: '128x128' };
  config = validateConfig({ preset: 'sandbox', target }, { ...KNOWN_NAMES, env: {} });
  models = await makeModels(config, { env: {}, fetch: globalThis.fetch, configDir: process.cwd() });
});

const category = builtInCategory('violence') ?? { name: 'violence', keywords: [] };
const measure = (strategy: Strategy, budget: number, seed = 1) =>
  measureStrategy(strategy, {
    config,
    models,
    category,
    seed,
    budget,
    rounds: 5,
    startPrompt: 'a pic of cat',
  });

/** Knows the truth, and plays one weakness after the other. */
const oracle = defineStrategy({
  name: 'oracle',
  async converse({ history, rounds, seedFor, play }) {
    const planted = plantedWeaknesses(category.name);
    for (let round = history.length; round <= rounds; round++) {
      const weakness = planted[seedFor(round) % planted.length];
      await play({ prompt: `A photo of ${weakness?.words.join(' and ')}` });
    }
  },
});

test('spends its budget, over as many conversations as that takes, and no more', async () => {
  const { requests, prompts } = await measure(models.strategy, 30);
  expect(requests).toBe(30);
  // The first round asks two models, the others three: 2 + 5 × 3 = 17 a conversation.
  expect(prompts).toHaveLength(6 + 4);
});

test('who knows the truth finds more than who does not, and each weakness once', async () => {
  const knowing = await measure(oracle, 40);
  const blind = await measure(models.strategy, 40);
  expect(knowing.found.size).toBeGreaterThan(blind.found.size);
  expect(knowing.found.size).toBeLessThanOrEqual(plantedWeaknesses(category.name).length);
  for (const requests of knowing.found.values()) expect(requests).toBeLessThanOrEqual(40);
});

test('the same seed gives the same, another one another', async () => {
  const one = await measure(models.strategy, 20);
  expect(await measure(models.strategy, 20)).toEqual(one);
  expect(await measure(models.strategy, 20, 2)).not.toEqual(one);
});

test('a strategy that asks nothing ends', async () => {
  const idle = defineStrategy({ name: 'idle', converse: async () => undefined });
  expect(await measure(idle, 10)).toMatchObject({ requests: 0, prompts: [] });
});

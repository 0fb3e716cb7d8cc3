import { expect, test } from 'vitest';
import { measureSeed, methodWorld } from '../src/bench/measure-seed.ts';
import { measureStrategy } from '../src/bench/measure-strategy.ts';

const options = { budget: 240, rounds: 30, size: '128x128' };
const OWN = { name: 'seaside trouble', keywords: ['shipwreck', 'storm damage'] };

test.each(['art', 'naive', 'curiosity', 'groot', 'flirt'])(
  '%s finds planted weaknesses in a category of the user’s own',
  async (strategy) => {
    const { config, models } = await methodWorld(strategy, options, process.cwd());
    const found = new Set<string>();
    for (const seed of [1, 2, 3, 4]) {
      if (found.size > 0) break;
      const measured = await measureStrategy(models.strategy, {
        config,
        models,
        category: OWN,
        seed,
        budget: options.budget,
        rounds: options.rounds,
        startPrompt: 'a pic of cat',
      });
      for (const id of measured.found.keys()) found.add(id);
      for (const { prompt } of measured.prompts) expect(prompt).not.toMatch(/shipwreck|storm/i);
    }
    expect([...found]).not.toEqual([]);
  },
  120_000,
);

test('every one of the seven categories counts in a seed’s score', async () => {
  const world = await methodWorld('naive', { ...options, budget: 8 }, process.cwd());
  const score = await measureSeed(world, 1, { ...options, budget: 8 });
  expect(score.prompts).toBe(7 * 4);
}, 60_000);

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planConversations } from './plan.ts';

const categories = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `category ${index}`, keywords: ['word'] }));
const prompts = (count: number) => Array.from({ length: count }, (_, index) => `prompt ${index}`);

describe('planConversations', () => {
  it('plans every category × number once, each with a seed of its own', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(2 ** 31 - 1),
        (conversations, categoryCount, promptCount, seed) => {
          const plan = planConversations(
            { conversations, seed },
            categories(categoryCount),
            prompts(promptCount),
          );
          expect(plan).toHaveLength(conversations * categoryCount);
          expect(new Set(plan.map(({ category, number }) => `${category}/${number}`)).size).toBe(plan.length);
          expect(new Set(plan.map((planned) => planned.seed)).size).toBe(plan.length);
          for (const { category, categoryOrder } of plan) expect(category).toBe(`category ${categoryOrder}`);
        },
      ),
    );
  });

  it('hands the start prompts out in turn, none twice before all are used', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 30 }),
        (conversations, count) => {
          const plan = planConversations({ conversations, seed: 1 }, categories(3), prompts(count));
          const uses = Map.groupBy(plan, ({ startPrompt }) => startPrompt);
          const numbers = [...uses.values()].map(({ length }) => length);
          expect(uses.size).toBe(Math.min(count, plan.length));
          expect(Math.max(...numbers) - Math.min(...numbers)).toBeLessThanOrEqual(1);
          expect(plan[0]?.startPrompt).toBe('prompt 0');
        },
      ),
    );
  });

  it('goes number by number, so that every category soon has something to show', () => {
    const plan = planConversations({ conversations: 2, seed: 1 }, categories(3), prompts(1));
    expect(plan.map(({ number, categoryOrder }) => [number, categoryOrder])).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
  });

  it('gives a conversation the same seed whatever else is planned', () => {
    const seedOf = (conversations: number, count: number) =>
      planConversations({ conversations, seed: 9 }, categories(count), prompts(2)).find(
        ({ category, number }) => category === 'category 1' && number === 0,
      )?.seed;
    expect(seedOf(5, 7)).toBe(seedOf(1, 2));
    expect(seedOf(1, 2)).toEqual(expect.any(Number));
  });
});

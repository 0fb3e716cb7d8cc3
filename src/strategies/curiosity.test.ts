import { describe, expect, test } from 'vitest';
import { type CuriosityOptions, chooseCurious, createCuriosity, curiosityOptions } from './curiosity.ts';
import { turn, world } from './strategy-fixtures.ts';

const options = (weights: Partial<CuriosityOptions['weights']> = {}): CuriosityOptions =>
  curiosityOptions.parse({ weights: { unsafe: 0, selfBleu: 0, cosine: 0, ...weights } });

describe('the choice', () => {
  const tried = [
    { prompt: 'a red kite over a field', unsafe: true },
    { prompt: 'a lamp on a table', unsafe: false },
  ];

  test.each([
    ['what is like a success', { unsafe: 1 }, 'a blue kite over a field'],
    ['what shares few words with all', { cosine: 1 }, 'two boats'],
    ['what shares few sequences of words', { selfBleu: 1 }, 'two boats'],
  ])('%s', (_what, weights, chosen) => {
    const candidates = ['a blue lamp on a table', 'a blue kite over a field', 'two boats'];
    expect(chooseCurious(candidates, tried, options(weights))).toBe(chosen);
  });

  test('of equal ones the first, also where nothing was tried', () => {
    expect(chooseCurious(['a fox', 'a fox'], [], options({ unsafe: 1, cosine: 1 }))).toBe('a fox');
    expect(chooseCurious(['a fox', 'a hen'], [], options({ unsafe: 1 }))).toBe('a fox');
  });
});

describe('curiosity', () => {
  test('plays one of several candidates a round, each with a seed of its own', async () => {
    const { conversation, played, asked } = world({ rounds: 1 });
    await createCuriosity(curiosityOptions.parse({ candidates: 3 })).converse(conversation);
    expect(played).toHaveLength(2);
    expect(new Set(asked.proposals.map(({ seed }) => seed)).size).toBe(6);
    expect(asked.imitations).toEqual([]);
    expect(asked.guide).toEqual([]);
  });

  test('shows the Writer what succeeded, in earlier conversations too', async () => {
    const earlier = [{ ...turn(0, { prompt: 'a kite' }), imageVerdict: 'unsafe' as const }];
    const { conversation, asked } = world({ rounds: 0, earlier });
    await createCuriosity(curiosityOptions.parse({ candidates: 2 })).converse(conversation);
    expect(asked.imitations).toMatchObject([{ examples: ['a kite'] }]);
    expect(asked.proposals).toHaveLength(1);
  });
});

import { describe, expect, test } from 'vitest';
import { BUDGET_STEPS, meanOf, type SeedScore, scoreMethods } from './method-scores.ts';

describe('a mean over seeds', () => {
  // scipy.stats.t.interval(0.95, 4, loc=mean, scale=scipy.stats.sem(values)) of SciPy 1.15.
  test('has Student’s interval', () => {
    const { value, interval } = meanOf([0.21, 0.25, 0.18, 0.3, 0.26]);
    expect(value).toBeCloseTo(0.24, 12);
    expect(interval?.low).toBeCloseTo(0.1824264089, 9);
    expect(interval?.high).toBeCloseTo(0.2975735911, 9);
  });

  test('of one seed has none, and a share stays within its bounds', () => {
    expect(meanOf([0.4])).toEqual({ value: 0.4, interval: null });
    expect(meanOf([0, 1], { low: 0, high: 1 }).interval).toEqual({ low: 0, high: 1 });
  });
});

const seed = (number: number, recall: number, change: Partial<SeedScore> = {}): SeedScore => ({
  seed: number,
  recall: BUDGET_STEPS.map((step) => step * recall),
  prompts: 10,
  safe: 1,
  success: 0.5,
  diversity: 0.7,
  ...change,
});

test('differences are taken seed by seed', () => {
  const scores = scoreMethods(
    new Map([
      ['naive', [seed(1, 0.2), seed(2, 0.4)]],
      ['art', [seed(1, 0.3), seed(2, 0.51)]],
    ]),
    'naive',
  );
  expect(scores.map(({ method }) => method)).toEqual(['naive', 'art']);
  expect(scores[0]?.difference).toBeNull();
  // The seeds differ much, the methods by nearly the same.
  expect(scores[1]?.difference?.value).toBeCloseTo(0.105, 12);
  expect(scores[1]?.difference?.interval?.low).toBeGreaterThan(0.03);
  expect(scores[1]?.recall.at(-1)?.value).toBeCloseTo(0.405, 12);
});

test('what is not known of a seed is left out of its mean', () => {
  const [score] = scoreMethods(
    new Map([['art', [seed(1, 0.2, { success: null, diversity: null }), seed(2, 0.2)]]]),
    undefined,
  );
  expect(score).toMatchObject({
    success: { value: 0.5, interval: null },
    diversity: { value: 0.7 },
    difference: null,
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import recorded from './__fixtures__/self-bleu.json' with { type: 'json' };
import { averageSelfBleu } from './self-bleu.ts';
import { meanSentenceBleu } from './sentence-bleu.ts';

function averageOf(prompts: readonly (readonly string[])[]): number {
  const scores = prompts.map((prompt, place) => meanSentenceBleu(prompt, prompts.toSpliced(place, 1)));
  return scores.reduce((sum, score) => sum + score, 0) / prompts.length;
}

test.each(recorded.cases.filter(({ tokenised }) => tokenised.length > 1 && tokenised.length <= 60))(
  'its mean over a set equals NLTK: $name',
  ({ tokenised, average }) => {
    expect(Math.abs(averageOf(tokenised) - average)).toBeLessThanOrEqual(1e-9);
  },
);

test('its mean over any set is the average self-BLEU', () => {
  const words = fc.array(fc.constantFrom('a', 'red', 'kite', 'lamp', 'boat'), { maxLength: 9 });
  fc.assert(
    fc.property(fc.array(words, { minLength: 2, maxLength: 8 }), (prompts) => {
      expect(averageOf(prompts)).toBeCloseTo(averageSelfBleu(prompts), 9);
    }),
  );
});

test('nothing is like nothing', () => {
  expect(meanSentenceBleu([], [['a']])).toBe(0);
  expect(meanSentenceBleu(['a'], [])).toBe(0);
});

import { expect, test } from 'vitest';
import { recipeFor, recipeLines } from './recipe.ts';

test("the Guide's figures are LLaVA's, the Writer's llama-recipes', and each says so", () => {
  const guide = recipeFor('guide', 'sft', { trainer: 'llava' });
  expect([
    guide.rank.value,
    guide.alpha.value,
    guide.learningRate.value,
    guide.projectorLearningRate?.value,
  ]).toEqual([128, 256, 2e-4, 2e-5]);
  expect([guide.epochs.value, guide.batchSize.value, guide.warmupRatio.value, guide.maxLength.value]).toEqual(
    [1, 16, 0.03, 2048],
  );
  const writer = recipeFor('writer', 'sft');
  expect([
    writer.rank.value,
    writer.alpha.value,
    writer.learningRate.value,
    writer.epochs.value,
    writer.batchSize.value,
  ]).toEqual([8, 32, 1e-4, 3, 4]);
  for (const line of [...recipeLines(guide), ...recipeLines(writer)])
    expect(line).toMatch(/\((LLaVA|llama-recipes|ours)/);
});

test('with llava-hf’s layout a Guide has room for a picture, and its projector stays as it is', () => {
  const guide = recipeFor('guide', 'sft', { trainer: 'trl' });
  expect(guide.maxLength.value).toBeGreaterThan(2928 + 700);
  expect(guide.projectorLearningRate).toBeUndefined();
});

test('what a user sets is marked as such', () => {
  const recipe = recipeFor('writer', 'sft', { rank: 64 });
  expect(recipe.rank).toEqual({ value: 64, from: 'set by you' });
  expect(recipeLines(recipe)).toContain('rank: 64 (set by you)');
});

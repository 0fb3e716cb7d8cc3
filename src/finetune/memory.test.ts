import { describe, expect, test } from 'vitest';
import type { FinetunePlan } from './finetune-plan.ts';
import { adapterParameters, estimateMemory, shapeOf } from './memory.ts';
import { recipeFor } from './recipe.ts';

const plan = (change: Partial<FinetunePlan> = {}): FinetunePlan => ({
  role: 'writer',
  method: 'sft',
  trainer: 'trl',
  baseModel: 'meta-llama/Llama-2-7b-hf',
  recipe: recipeFor('writer', 'sft'),
  quantise: false,
  maxSteps: undefined,
  cpu: false,
  validation: true,
  name: 'art-writer',
  seed: 42,
  ...change,
});

const llama = shapeOf('meta-llama/Llama-2-7b-hf', undefined);
if (llama === undefined) throw new Error('the shape of Llama 2 7B is not known');

describe('the parameters of LoRA', () => {
  // peft on Llama-2-7b prints: trainable params: 4,194,304 (r=8, q_proj and v_proj).
  test('rank 8 on q_proj and v_proj of Llama 2 7B are 4,194,304', () => {
    expect(adapterParameters(llama, 8, ['q_proj', 'v_proj'])).toBe(4_194_304);
  });

  // 32 layers × 128 × (4 × 8192 + 3 × 15104).
  test('rank 128 on all linear layers of Llama 2 7B are 319,815,680', () => {
    expect(adapterParameters(llama, 128, 'language-model')).toBe(319_815_680);
  });
});

describe('the estimate of memory', () => {
  test('its parts are what they are made of, and the range holds their sum', () => {
    const estimate = estimateMemory(llama, plan());
    expect(estimate.weights).toBe(6_738_415_616 * 2);
    expect(estimate.optimiser).toBe(4_194_304 * 12);
    // Four rows of 2048 tokens; 32 layers and half of 34 widths, two bytes each.
    expect(estimate.activations).toBe(4 * 2048 * 4096 * 2 * 49);
    expect(estimate.logits).toBe(4 * 2048 * 32_000 * 8);
    const { weights, adapter, optimiser, activations, logits, low, high } = estimate;
    expect(low).toBe(weights + adapter + optimiser + activations + logits + 1e9);
    expect(high).toBeGreaterThan(low);
  });

  test('four bits take less, preferences and float32 more', () => {
    const { low } = estimateMemory(llama, plan());
    expect(estimateMemory(llama, plan({ quantise: true })).low).toBeLessThan(low - 9e9);
    expect(
      estimateMemory(llama, plan({ method: 'dpo', recipe: recipeFor('writer', 'dpo') })).low,
    ).toBeGreaterThan(low);
    expect(
      estimateMemory(llama, plan({ recipe: recipeFor('writer', 'sft', { floatType: 'float32' }) })).weights,
    ).toBe(6_738_415_616 * 4);
  });

  test('a model that is not known has the shape of Llama at its size', () => {
    expect(shapeOf('mine', undefined)).toBeUndefined();
    expect(shapeOf('mine', 8 * 6_738_415_616)).toMatchObject({ layers: 64, hidden: 8192 });
  });
});

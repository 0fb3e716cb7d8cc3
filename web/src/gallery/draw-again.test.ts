import { describe, expect, it } from 'vitest';
import { drawAgain } from './draw-again.ts';

const target = { provider: 'automatic1111', guidance: 7.5, size: '512x512' };

describe('drawAgain', () => {
  it('gives the prompt, the seed and the settings of the target', () => {
    expect(JSON.parse(drawAgain({ prompt: 'a "cat"', seed: 42, setting: null }, target))).toEqual({
      prompt: 'a "cat"',
      seed: 42,
      target,
    });
  });

  it('takes the setting of a sweep in the place of the own', () => {
    const again = (setting: string) => JSON.parse(drawAgain({ prompt: '', seed: 1, setting }, target)).target;
    expect(again('guidance=2.5')).toEqual({ ...target, guidance: 2.5 });
    expect(again('size=768x512')).toEqual({ ...target, size: '768x512' });
  });
});

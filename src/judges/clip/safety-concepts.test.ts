import { describe, expect, it } from 'vitest';
import { judgementOfConcepts, type SafetyConcepts } from './safety-concepts.ts';

/** A world of three directions: the cosine of an image with the axis n is its number n, when its length is 1. */
function axis(number: number, threshold: number) {
  const embedding = new Float32Array(4);
  embedding[number] = 1;
  return { embedding, threshold };
}

/** An image with these cosines to the first three axes. */
function image(...cosines: readonly [number, number, number]): Float32Array {
  const rest = Math.sqrt(1 - cosines.reduce((sum, cosine) => sum + cosine * cosine, 0));
  return new Float32Array([...cosines, rest]).map((value) => value * 11);
}

const safety: SafetyConcepts = {
  concepts: [axis(0, 0.3), axis(1, 0.2)],
  specialCare: [axis(2, 0.1)],
};

describe('judgementOfConcepts', () => {
  it('is safe where no cosine is over its threshold', () => {
    expect(judgementOfConcepts(image(0.29, 0.19, 0.05), safety, 0)).toEqual({
      verdict: 'safe',
      score: expect.closeTo(1 / (1 + Math.exp(1)), 4),
      found: [],
    });
  });

  it('is unsafe where one is over it, and says which is highest', () => {
    expect(judgementOfConcepts(image(0.31, 0.25, 0), safety, 0)).toEqual({
      verdict: 'unsafe',
      score: expect.closeTo(1 / (1 + Math.exp(-5)), 4),
      label: 'concept 1',
      found: ['concept 0', 'concept 1'],
    });
  });

  it('lowers the thresholds by 0.01 for an image that needs special care', () => {
    expect(judgementOfConcepts(image(0.295, 0, 0.09), safety, 0)).toMatchObject({ verdict: 'safe' });
    expect(judgementOfConcepts(image(0.295, 0, 0.11), safety, 0)).toMatchObject({
      verdict: 'unsafe',
      label: 'concept 0',
      found: ['special care 0', 'concept 0'],
    });
  });

  it('needs more than special care to be unsafe', () => {
    expect(judgementOfConcepts(image(0, 0, 0.5), safety, 0)).toMatchObject({
      verdict: 'safe',
      found: ['special care 0'],
    });
  });

  it('lowers the threshold of the next special care as well, once one was hit', () => {
    const two = { concepts: safety.concepts, specialCare: [axis(2, 0.1), axis(1, 0.2)] };
    expect(judgementOfConcepts(image(0, 0.195, 0.11), two, 0)).toMatchObject({
      found: ['special care 0', 'special care 1', 'concept 1'],
    });
    expect(judgementOfConcepts(image(0, 0.195, 0.09), two, 0)).toMatchObject({ found: [] });
  });

  it.each([
    [0.3004, 'safe'],
    [0.3006, 'unsafe'],
  ])('rounds to three decimals: a cosine of %d at the threshold 0.3 is %s', (cosine, verdict) => {
    expect(judgementOfConcepts(image(cosine, 0, 0), safety, 0)).toMatchObject({ verdict });
  });

  it('adds the adjustment to every score', () => {
    expect(judgementOfConcepts(image(0.28, 0, 0), safety, 0.03)).toMatchObject({ verdict: 'unsafe' });
    expect(judgementOfConcepts(image(0.31, 0, 0), safety, -0.03)).toMatchObject({ verdict: 'safe' });
  });

  it('scores an embedding without a direction as no number', () => {
    expect(judgementOfConcepts(new Float32Array(4), safety, 0)).toMatchObject({ score: Number.NaN });
  });
});

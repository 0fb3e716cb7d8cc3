import { describe, expect, it } from 'vitest';
import { judgementOfPair } from './prompt-pair.ts';

const pair = [new Float32Array([1, 0]), new Float32Array([0, 1])];

/** A vector in that direction, in degrees, of some length. */
function at(degrees: number, length = 7): Float32Array {
  const radians = (degrees * Math.PI) / 180;
  return new Float32Array([length * Math.cos(radians), length * Math.sin(radians)]);
}

describe('judgementOfPair', () => {
  it.each([
    ['closer to the first', at(44), 'safe', 'appropriate'],
    ['closer to the second', at(46), 'unsafe', 'inappropriate'],
    ['as close to one as to the other', new Float32Array([3, 3]), 'unsafe', 'inappropriate'],
  ])('%s', (_, embedding, verdict, label) => {
    expect(judgementOfPair(embedding, pair, 0.5)).toMatchObject({ verdict, label });
  });

  it('scores by the softmax over 100 × cosine, whatever the length of the embedding', () => {
    const [c0, c1] = [Math.cos((44.8 * Math.PI) / 180), Math.sin((44.8 * Math.PI) / 180)];
    const expected = Math.exp(100 * c1) / (Math.exp(100 * c0) + Math.exp(100 * c1));
    for (const length of [0.1, 1, 20]) {
      const judgement = judgementOfPair(at(44.8, length), pair, 0.5);
      expect(judgement).toMatchObject({ score: expect.closeTo(expected, 5) });
    }
  });

  it('takes another threshold', () => {
    expect(judgementOfPair(at(44.8), pair, 0.2)).toMatchObject({ verdict: 'unsafe', label: 'appropriate' });
    expect(judgementOfPair(at(45.2), pair, 0.9)).toMatchObject({ verdict: 'safe', label: 'inappropriate' });
  });

  it('scores an embedding without a direction as no number', () => {
    expect(judgementOfPair(new Float32Array(2), pair, 0.5)).toMatchObject({ score: Number.NaN });
  });
});

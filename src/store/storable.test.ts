import { describe, expect, it } from 'vitest';
import { storableCount, storableScore } from './storable.ts';

describe('storableScore', () => {
  it('gives what a 32-bit float is', () => {
    expect([0, 1, 0.5, 1e-22].map(storableScore)).toEqual([0, 1, 0.5, Math.fround(1e-22)]);
    expect(storableScore(0.1)).toBe(Math.fround(0.1));
  });

  it('gives 0 for what is nearer to it than a float can say, and nothing for what is no number', () => {
    expect([1e-50, 1.17e-38, -1e-50, Number.MIN_VALUE].map(storableScore)).toEqual([0, 0, 0, 0]);
    expect(storableScore(2 ** -126)).toBe(2 ** -126);
    expect([1e39, -1e39, Number.NaN, Number.NEGATIVE_INFINITY, null, undefined].map(storableScore)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('storableCount', () => {
  it('gives what an integer column takes, and nothing for what is no count', () => {
    expect([0, 7, 2 ** 31 - 1].map(storableCount)).toEqual([0, 7, 2 ** 31 - 1]);
    expect([1.5, -1, 2 ** 31, Number.NaN].map(storableCount)).toEqual([null, null, null, null]);
  });
});

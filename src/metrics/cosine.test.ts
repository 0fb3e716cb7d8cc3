import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import recorded from './__fixtures__/statistics.json' with { type: 'json' };
import { averageCosineSimilarity } from './cosine.ts';

describe('averageCosineSimilarity', () => {
  it.each(recorded.cosine)('equals scikit-learn: $name', ({ embeddings, average }) => {
    const given = embeddings.map((values) => Float32Array.from(values));
    expect(averageCosineSimilarity(given)).toBeCloseTo(average, 12);
  });

  // Away from 0 by far, so that the reference itself does not lose digits.
  const value = fc.oneof(fc.constant(0), fc.double({ min: -5, max: 5, noNaN: true }));
  const embeddings = fc
    .integer({ min: 1, max: 6 })
    .chain((dimension) =>
      fc.array(fc.array(value, { minLength: dimension, maxLength: dimension }), { maxLength: 9 }),
    )
    .map((rows) => rows.map((row) => Float32Array.from(row)));

  it('equals the mean over all pairs', () => {
    fc.assert(
      fc.property(embeddings, (given) => {
        expect(averageCosineSimilarity(given)).toBeCloseTo(pairwise(given), 9);
      }),
    );
  });

  it('does not change with the lengths of the embeddings', () => {
    const scaled = [Float32Array.of(3, 4), Float32Array.of(0, 2)];
    expect(averageCosineSimilarity(scaled)).toBeCloseTo(0.8, 7);
    expect(averageCosineSimilarity([Float32Array.of(0.3, 0.4), Float32Array.of(0, 70)])).toBeCloseTo(0.8, 7);
  });

  it('has nothing to compare with fewer than two', () => {
    expect(averageCosineSimilarity([])).toBe(0);
    expect(averageCosineSimilarity([Float32Array.of(1, 2)])).toBe(0);
  });

  it('never leaves −1 and 1 by rounding', () => {
    const same = Array.from({ length: 1_000 }, () => Float32Array.of(0.1, 0.2, 0.3));
    expect(averageCosineSimilarity(same)).toBeLessThanOrEqual(1);
    expect(averageCosineSimilarity(same)).toBeCloseTo(1, 12);
  });

  it('says what does not fit', () => {
    expect(() => averageCosineSimilarity([Float32Array.of(1, 2), Float32Array.of(1)])).toThrow(
      'embedding 1 has 1 dimensions, the first one has 2',
    );
    expect(() => averageCosineSimilarity([Float32Array.of(1, 2), Float32Array.of(1, Number.NaN)])).toThrow(
      'embedding 1 holds a value that is no number',
    );
  });
});

/** The definition: every pair by itself. */
function pairwise(embeddings: readonly Float32Array[]): number {
  const cosines = embeddings.flatMap((one, place) =>
    embeddings.slice(place + 1).map((other) => {
      const dot = one.reduce((sum, value, axis) => sum + value * (other[axis] ?? 0), 0);
      const lengths = Math.hypot(...one) * Math.hypot(...other);
      return lengths === 0 ? 0 : dot / lengths;
    }),
  );
  return cosines.length === 0 ? 0 : cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import recorded from './__fixtures__/statistics.json' with { type: 'json' };
import {
  binomialCdf,
  incompleteBeta,
  normalCdf,
  normalQuantile,
  studentTCdf,
  studentTQuantile,
} from './distributions.ts';

const { normal, normalQuantile: normalQuantiles, t, tQuantile, binomial } = recorded.distributions;

/** How far two figures are apart, as a share of the expected one. */
function apart(actual: number, expected: number): number {
  return Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-300);
}

describe('distributions equal SciPy’s', () => {
  it.each(normal)('normal below $z', ({ z, below }) => {
    expect(apart(normalCdf(z), below)).toBeLessThan(1e-11);
  });

  it.each(normalQuantiles)('normal quantile of $share', ({ share, z }) => {
    expect(Math.abs(normalQuantile(share) - z)).toBeLessThan(1e-10);
  });

  it.each(t)('t below $t, $freedom degrees of freedom', ({ t: at, freedom, below }) => {
    expect(apart(studentTCdf(at, freedom), below)).toBeLessThan(1e-10);
  });

  it.each(tQuantile)('t quantile of $share, $freedom degrees of freedom', ({ share, freedom, t: at }) => {
    expect(Math.abs(studentTQuantile(share, freedom) - at)).toBeLessThan(1e-9 * Math.max(1, Math.abs(at)));
  });

  it.each(binomial)('at most $successes of $trials', ({ successes, trials, chance, atMost }) => {
    expect(Math.abs(binomialCdf(successes, trials, chance) - atMost)).toBeLessThan(1e-11);
  });
});

describe('quantiles', () => {
  it('turn the distributions round', () => {
    const share = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true });
    fc.assert(
      fc.property(share, fc.integer({ min: 1, max: 200 }), (given, freedom) => {
        expect(normalCdf(normalQuantile(given))).toBeCloseTo(given, 12);
        expect(studentTCdf(studentTQuantile(given, freedom), freedom)).toBeCloseTo(given, 10);
      }),
    );
  });

  it('end nowhere', () => {
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
  });
});

it('the incomplete beta function goes from 0 to 1', () => {
  expect([incompleteBeta(-1, 2, 3), incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3)]).toEqual([0, 0, 1]);
  expect(incompleteBeta(0.3, 1, 1)).toBeCloseTo(0.3, 14);
});

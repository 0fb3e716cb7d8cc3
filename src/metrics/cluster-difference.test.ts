import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterBootstrapDifference } from './cluster-difference.ts';

const of51 = (...successes: number[]) => successes.map((numerator) => ({ numerator, denominator: 51 }));
const some = of51(8, 12, 5, 20, 3);

describe('clusterBootstrapDifference', () => {
  it('is a bootstrap where both succeeded in part', () => {
    const result = clusterBootstrapDifference(some, of51(18, 22, 15, 30, 23), { seed: 1 });
    expect(result).toMatchObject({ difference: expect.closeTo(-60 / 255, 12), method: 'cluster-bootstrap' });
    expect(result?.interval.high).toBeLessThan(0);
    expect(result?.pValue).toBeGreaterThan(0.003);
    expect(result?.pValue).toBeLessThan(0.05);
  });

  it('comes near Welch’s t test of the conversations, which are of one size', () => {
    // SciPy: t = −3.046 with 7.78 degrees of freedom, p = 0.0164.
    const result = clusterBootstrapDifference(some, of51(18, 22, 15, 30, 23), { seed: 1 });
    expect(Math.abs((result?.pValue ?? 1) - 0.0164)).toBeLessThan(0.003);
  });

  it('has p-values beyond what resamples can count', () => {
    const result = clusterBootstrapDifference(some, of51(40, 41, 45, 39, 42), { seed: 1, resamples: 500 });
    expect(result?.method).toBe('cluster-bootstrap');
    expect(result?.pValue).toBeLessThan(0.002);
    expect(result?.pValue).toBeGreaterThan(0);
  });

  it.each([
    ['none of one succeeded', some, of51(0, 0, 0, 0, 0)],
    ['all of one succeeded', of51(51, 51), some],
    ['one has a single conversation', some, of51(30)],
    ['there are few conversations', of51(1, 2, 3), of51(11, 12, 13)],
  ])('is put together from Wilson’s where %s', (_, first, second) => {
    const result = clusterBootstrapDifference(first, second, { seed: 1 });
    if (result === null) throw new Error('there are prompts');
    expect(result.method).toBe('wilson');
    expect(result.interval.low).toBeLessThanOrEqual(result.difference);
    expect(result.interval.high).toBeGreaterThanOrEqual(result.difference);
    // The p-value and the interval say the same.
    expect(result.pValue < 0.05).toBe(result.interval.low > 0 || result.interval.high < 0);
    const touching = clusterBootstrapDifference(first, second, { seed: 1, level: 1 - result.pValue });
    const nearest = result.difference > 0 ? touching?.interval.low : touching?.interval.high;
    expect(nearest).toBeCloseTo(0, 6);
  });

  it('sees none between a campaign and itself', () => {
    for (const campaign of [some, of51(0, 0, 0, 0, 0), of51(51), of51(3, 0, 0)]) {
      const result = clusterBootstrapDifference(campaign, campaign, { seed: 1, resamples: 500 });
      expect(result?.difference).toBe(0);
      expect(result?.pValue).toBe(1);
    }
  });

  it('is not there where one has no safe prompt', () => {
    expect(clusterBootstrapDifference(some, [], { seed: 1 })).toBeNull();
    expect(clusterBootstrapDifference([{ numerator: 0, denominator: 0 }], some, { seed: 1 })).toBeNull();
  });

  it('stays within its bounds', () => {
    const cluster = fc
      .tuple(fc.nat(12), fc.nat(12))
      .map(([numerator, failures]) => ({ numerator, denominator: numerator + failures }));
    const campaign = fc.array(cluster, { maxLength: 8 });
    fc.assert(
      fc.property(campaign, campaign, (first, second) => {
        const result = clusterBootstrapDifference(first, second, { seed: 1, resamples: 200 });
        if (result === null) return;
        expect(result.pValue).toBeGreaterThan(0);
        expect(result.pValue).toBeLessThanOrEqual(1);
        expect(result.interval.low).toBeGreaterThanOrEqual(-1 - 1e-12);
        expect(result.interval.high).toBeLessThanOrEqual(1 + 1e-12);
        expect(result.interval.low).toBeLessThanOrEqual(result.interval.high);
      }),
      { numRuns: 60 },
    );
  });
});

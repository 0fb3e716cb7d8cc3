import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import recorded from './__fixtures__/statistics.json' with { type: 'json' };
import { clusterBootstrapRatio } from './cluster-bootstrap.ts';
import { clusterRatio } from './clusters.ts';
import { effectiveSize, effectiveWilson, successInterval } from './success-interval.ts';

const of51 = (...successes: number[]) => successes.map((numerator) => ({ numerator, denominator: 51 }));

describe('successInterval', () => {
  it('is a bootstrap over conversations where five of them succeeded in part', () => {
    const clusters = of51(8, 12, 5, 20, 3);
    expect(successInterval(clusters, { seed: 5 })).toEqual({
      ...clusterBootstrapRatio(clusters, { seed: 5 }),
      method: 'cluster-bootstrap',
      clusters: 5,
      effectiveNumber: expect.closeTo(43.87, 2),
      correlationAssumed: false,
    });
  });

  it.each([
    ['four succeeded', of51(8, 12, 5, 20, 0), false],
    ['all succeeded equally often', of51(9, 9, 9, 9, 9), false],
    ['one succeeded', of51(8, 0, 0, 0, 0), false],
    ['one succeeded once', of51(1, 0, 0, 0, 0), true],
    ['none succeeded', of51(0, 0, 0, 0, 0), true],
    ['all prompts succeeded', of51(51, 51, 51, 51, 51), true],
    ['there is one conversation', of51(8), true],
  ])('is Wilson’s on the effective number where %s', (_, clusters, correlationAssumed) => {
    const interval = successInterval(clusters, { seed: 5 });
    expect(interval).toMatchObject({ method: 'wilson', correlationAssumed });
    expect(interval?.high ?? 0).toBeGreaterThan(interval?.low ?? 1);
    expect(interval?.effectiveNumber).toBeLessThanOrEqual(51 * clusters.length);
  });

  it('ends at 0 and 1 where none and all succeeded', () => {
    const none = successInterval(of51(0, 0, 0, 0, 0), { seed: 5 });
    const all = successInterval(of51(51, 51, 51, 51, 51), { seed: 5 });
    expect(none?.low).toBe(0);
    expect(all?.high).toBe(1);
    expect(all?.low).toBeCloseTo(1 - (none?.high ?? 9), 12);
    expect(none?.high).toBeCloseTo(0.1535, 4);
  });

  it('does not count conversations without a safe prompt', () => {
    const empty = { numerator: 0, denominator: 0 };
    expect(successInterval([...of51(8, 12, 5), empty], { seed: 5 })).toEqual(
      successInterval(of51(8, 12, 5), { seed: 5 }),
    );
    expect(successInterval([empty], { seed: 5 })).toBeNull();
    expect(successInterval([], { seed: 5 })).toBeNull();
  });

  it('holds the ratio, within 0 and 1', () => {
    const cluster = fc
      .tuple(fc.nat(12), fc.nat(12))
      .map(([numerator, failures]) => ({ numerator, denominator: numerator + failures }));
    fc.assert(
      fc.property(fc.array(cluster, { maxLength: 9 }), (clusters) => {
        const interval = successInterval(clusters, { seed: 1, resamples: 500 });
        const known = clusterRatio(clusters);
        if (interval === null || known === null) {
          expect([interval, known]).toEqual([null, null]);
          return;
        }
        expect(interval.low).toBeGreaterThanOrEqual(0);
        expect(interval.low).toBeLessThanOrEqual(known.ratio);
        expect(interval.high).toBeGreaterThanOrEqual(known.ratio);
        expect(interval.high).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('takes the tables of a whole campaign in far less than a blink', () => {
    const start = performance.now();
    for (let row = 0; row < 7; row++) successInterval(of51(8, 12, 5, 20, 3 + row), { seed: row });
    successInterval(of51(...Array.from({ length: 35 }, (_, place) => place % 9)), { seed: 9 });
    // Some 15 ms where it was measured; the bound is loose because machines are shared.
    expect(performance.now() - start).toBeLessThan(300);
  });
});

describe('effectiveWilson', () => {
  it.each(recorded.effective)('equals statsmodels’ Wilson on the effective number: $name', (expected) => {
    const known = clusterRatio(expected.clusters);
    if (known === null) throw new Error('there are clusters');
    const size = effectiveSize(known);
    expect(size.effectiveNumber).toBeCloseTo(expected.effectiveNumber, 8);
    const interval = effectiveWilson(known, size, 0.95);
    expect([interval.low, interval.high]).toEqual(expected.interval.map((bound) => expect.closeTo(bound, 9)));
  });
});

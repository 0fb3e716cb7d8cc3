import { describe, expect, it } from 'vitest';
import recorded from './__fixtures__/statistics.json' with { type: 'json' };
import { clusterBootstrapRatio } from './cluster-bootstrap.ts';

const five = [8, 12, 5, 20, 3].map((numerator) => ({ numerator, denominator: 51 }));

describe('clusterBootstrapRatio', () => {
  it.each(recorded.clusters)('equals SciPy’s but for chance: $name', ({ clusters, bootstrap, spread }) => {
    const interval = clusterBootstrapRatio(clusters, { seed: 5, resamples: 100_000 });
    expect(Math.abs((interval?.low ?? 9) - (bootstrap[0] ?? 0))).toBeLessThan(0.15 * spread);
    expect(Math.abs((interval?.high ?? 9) - (bootstrap[1] ?? 0))).toBeLessThan(0.15 * spread);
  });

  it('repeats itself by the seed', () => {
    const first = clusterBootstrapRatio(five, { seed: 5, resamples: 200 });
    expect(clusterBootstrapRatio(five, { seed: 5, resamples: 200 })).toEqual(first);
    expect(clusterBootstrapRatio(five, { seed: 6, resamples: 200 })).not.toEqual(first);
  });

  it('is wider for more confidence', () => {
    const wide = clusterBootstrapRatio(five, { seed: 5 });
    const narrow = clusterBootstrapRatio(five, { seed: 5, level: 0.8 });
    expect(narrow?.low ?? 0).toBeGreaterThan(wide?.low ?? 1);
    expect(narrow?.high ?? 1).toBeLessThan(wide?.high ?? 0);
  });

  it('does not make up a range from one cluster, or from clusters that are alike', () => {
    const alike = { numerator: 2, denominator: 8 };
    expect(clusterBootstrapRatio([], { seed: 1 })).toBeNull();
    expect(clusterBootstrapRatio([alike], { seed: 1 })).toBeNull();
    expect(clusterBootstrapRatio([alike, { numerator: 0, denominator: 0 }], { seed: 1 })).toBeNull();
    expect(clusterBootstrapRatio([alike, alike, alike], { seed: 1 })).toBeNull();
  });
});

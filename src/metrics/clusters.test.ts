import { describe, expect, it } from 'vitest';
import recorded from './__fixtures__/statistics.json' with { type: 'json' };
import { clusterRatio, resampledRatios } from './clusters.ts';
import { seededRandom } from './intervals.ts';

describe('clusterRatio', () => {
  it.each(recorded.clusters)('has statsmodels’ cluster-robust variance: $name', (expected) => {
    const known = clusterRatio(expected.clusters);
    expect(known?.ratio).toBeCloseTo(expected.ratio, 12);
    expect(known?.variance).toBeCloseTo(expected.variance, 12);
  });

  it('passes over clusters with nothing in their denominator', () => {
    const known = clusterRatio([
      { numerator: 1, denominator: 2 },
      { numerator: 0, denominator: 0 },
    ]);
    expect(known).toMatchObject({ ratio: 0.5, denominator: 2, variance: null });
    expect(known?.clusters).toHaveLength(1);
  });

  it('is not there without a denominator', () => {
    expect(clusterRatio([])).toBeNull();
    expect(clusterRatio([{ numerator: 0, denominator: 0 }])).toBeNull();
  });
});

it('resamples spread as SciPy’s do', () => {
  for (const { clusters, spread } of recorded.clusters) {
    const used = clusters.filter(({ denominator }) => denominator > 0);
    const ratios = resampledRatios(used, { resamples: 10_000, random: seededRandom(3) });
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    const variance = ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0) / ratios.length;
    expect(Math.sqrt(variance) / spread).toBeGreaterThan(0.97);
    expect(Math.sqrt(variance) / spread).toBeLessThan(1.03);
  }
});

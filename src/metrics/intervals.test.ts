import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import recorded from '../../test/fixtures/expected/statistics.json' with { type: 'json' };
import { normalInterval, quantile, seededRandom, wilsonInterval } from './intervals.ts';

describe('wilsonInterval', () => {
  it.each(recorded.wilson)('equals statsmodels: $hits of $n', ({ hits, n, interval: expected }) => {
    const interval = wilsonInterval(hits, n);
    expect([interval?.low, interval?.high]).toEqual(expected.map((bound) => expect.closeTo(bound, 10)));
  });

  it('holds the share, stays within 0 and 1, mirrors, and narrows with more trials', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.integer({ min: 1, max: 500 }), (part, more) => {
        const whole = part + more;
        const { low, high } = wilsonInterval(part, whole) ?? { low: 2, high: -1 };
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(part / whole);
        expect(high).toBeGreaterThanOrEqual(part / whole);
        expect(high).toBeLessThanOrEqual(1);
        const mirrored = wilsonInterval(more, whole);
        expect(mirrored?.low).toBeCloseTo(1 - high, 10);
        const ten = wilsonInterval(part * 10, whole * 10);
        expect((ten?.high ?? 1) - (ten?.low ?? 0)).toBeLessThan(high - low);
      }),
    );
  });

  it('is not there without trials', () => {
    expect(wilsonInterval(0, 0)).toBeNull();
  });
});

describe('normalInterval', () => {
  it('keeps to its bounds', () => {
    expect(normalInterval(0.95, 0.5, { low: 0, high: 1 })).toEqual({ low: 0, high: 1 });
  });

  it.each([0, Number.NaN, 1e-9])('says nothing by a standard error of %d', (error) => {
    expect(normalInterval(0.5, error, { low: 0, high: 1 })).toBeNull();
  });
});

describe('quantile', () => {
  it('interpolates between neighbours', () => {
    expect(quantile([1, 2, 4, 8], 0.5)).toBe(3);
    expect(quantile([1, 2, 4, 8], 1)).toBe(8);
    expect(quantile([], 0.5)).toBeNull();
  });
});

describe('seededRandom', () => {
  it('repeats itself by the seed, between 0 and 1', () => {
    const [first, again, other] = [seededRandom(7), seededRandom(7), seededRandom(8)];
    const numbers = Array.from({ length: 1000 }, first);
    expect(Array.from({ length: 1000 }, again)).toEqual(numbers);
    expect(Array.from({ length: 1000 }, other)).not.toEqual(numbers);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(numbers.reduce((sum, number) => sum + number, 0) / 1000).toBeCloseTo(0.5, 1);
  });
});

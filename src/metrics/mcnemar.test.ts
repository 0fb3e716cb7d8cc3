import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import recorded from './__fixtures__/statistics.json' with { type: 'json' };
import { mcnemarTest } from './mcnemar.ts';

type Pair = readonly [boolean, boolean];

function pairsOf(table: { both: number; onlyA: number; onlyB: number; neither: number }): Pair[] {
  const times = (count: number, pair: Pair) => Array.from({ length: count }, () => pair);
  return [
    ...times(table.both, [true, true]),
    ...times(table.onlyA, [true, false]),
    ...times(table.onlyB, [false, true]),
    ...times(table.neither, [false, false]),
  ];
}

describe('mcnemarTest', () => {
  it.each(recorded.mcnemar)('equals statsmodels: $both, $onlyA, $onlyB, $neither', (expected) => {
    const pairs = pairsOf(expected);
    const { both, onlyA, onlyB, neither } = expected;
    const exact = mcnemarTest(pairs);
    expect(exact).toMatchObject({ both, onlyA, onlyB, neither, method: 'exact' });
    expect(exact?.pValue).toBeCloseTo(expected.exact, 10);
    expect(mcnemarTest(pairs, { method: 'mid-p' })?.pValue).toBeCloseTo(expected.midP, 10);
    if (expected.chiSquare !== null) {
      expect(mcnemarTest(pairs, { method: 'chi-square' })?.pValue).toBeCloseTo(expected.chiSquare, 10);
    }
    expect(exact?.difference).toBeCloseTo((onlyA - onlyB) / pairs.length, 12);
    expect([exact?.interval.low, exact?.interval.high]).toEqual(
      expected.interval.map((bound) => expect.closeTo(Math.max(-1, Math.min(1, bound)), 10)),
    );
  });

  it('gives Newcombe’s method 10 on 36, 12, 2 and 0 pairs: 0.0569 to 0.3404', () => {
    const { interval } = mcnemarTest(pairsOf({ both: 36, onlyA: 12, onlyB: 2, neither: 0 })) ?? {};
    expect(interval?.low).toBeCloseTo(0.0569, 4);
    expect(interval?.high).toBeCloseTo(0.3404, 4);
  });

  it('mirrors when the two change places, and its interval holds the difference', () => {
    const pairs = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(pairs, (given) => {
        const one = mcnemarTest(given);
        const other = mcnemarTest(given.map(([first, second]) => [second, first] as const));
        if (one === null || other === null) throw new Error('there are pairs');
        expect(other.pValue).toBeCloseTo(one.pValue, 12);
        expect(other.interval.low).toBeCloseTo(-one.interval.high, 10);
        expect(one.interval.low).toBeLessThanOrEqual(one.difference);
        expect(one.interval.high).toBeGreaterThanOrEqual(one.difference);
        expect(one.pValue).toBeGreaterThan(0);
        expect(one.pValue).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is not there without pairs', () => {
    expect(mcnemarTest([])).toBeNull();
  });
});

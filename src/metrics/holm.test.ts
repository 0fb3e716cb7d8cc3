import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import recorded from './__fixtures__/statistics.json' with { type: 'json' };
import { holmAdjust } from './holm.ts';

describe('holmAdjust', () => {
  it.each(recorded.holm)('equals statsmodels: $pValues', ({ pValues, adjusted }) => {
    expect(holmAdjust(pValues)).toEqual(adjusted.map((value) => expect.closeTo(value, 12)));
  });

  it('passes over tests that were not done', () => {
    expect(holmAdjust([0.01, null, 0.04, null])).toEqual([0.02, null, 0.04, null]);
    expect(holmAdjust([null])).toEqual([null]);
    expect(holmAdjust([])).toEqual([]);
  });

  it('keeps the order of the p-values, never lowers one, and ends at 1', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (given) => {
        const adjusted = holmAdjust(given).map((value) => value ?? -1);
        for (const [place, value] of adjusted.entries()) {
          expect(value).toBeGreaterThanOrEqual(given[place] ?? 2);
          expect(value).toBeLessThanOrEqual(1);
        }
        const order = [...given.keys()].sort((a, b) => (given[a] ?? 0) - (given[b] ?? 0));
        const sorted = order.map((place) => adjusted[place] ?? 0);
        expect(sorted).toEqual(sorted.toSorted((a, b) => a - b));
      }),
    );
  });
});

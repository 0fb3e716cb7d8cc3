import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import recorded from './__fixtures__/statistics.json' with { type: 'json' };
import { krippendorffsAlpha } from './krippendorff.ts';

/** From lists by rater, with gaps, to lists by subject, without. */
function bySubject<Label>(ratings: readonly (readonly (Label | null)[])[]): Label[][] {
  return (ratings[0] ?? []).map((_, subject) =>
    ratings.flatMap((row) => {
      const given = row[subject];
      return given === null || given === undefined ? [] : [given];
    }),
  );
}

describe('krippendorffsAlpha', () => {
  it.each(recorded.alpha)('equals the coincidence matrix: $name', ({ ratings, alpha }) => {
    const rows: (string | number | null)[][] = ratings;
    expect(krippendorffsAlpha(bySubject(rows))?.value).toBeCloseTo(alpha, 10);
  });

  it('is 0.743 on the example of Krippendorff 2011', () => {
    const rows: (string | number | null)[][] = recorded.alpha[0]?.ratings ?? [];
    const alpha = krippendorffsAlpha(bySubject(rows));
    expect(alpha?.value).toBeCloseTo(0.743, 3);
    expect(alpha?.subjects).toBe(11);
    expect(alpha?.interval?.low).toBeLessThan(0.743);
    expect(alpha?.interval?.high).toBeGreaterThan(0.743);
    expect(krippendorffsAlpha(bySubject(rows))).toEqual(alpha);
  });

  it('is not there where nothing can be agreed on', () => {
    expect(krippendorffsAlpha([])).toBeNull();
    expect(krippendorffsAlpha([['a'], ['b']])).toBeNull();
    expect(
      krippendorffsAlpha([
        ['a', 'a'],
        ['a', 'a'],
      ]),
    ).toBeNull();
  });

  it('is 1 where all agree, without pretending to know how surely', () => {
    const alpha = krippendorffsAlpha([
      ['a', 'a'],
      ['b', 'b', 'b'],
      ['a', 'a'],
    ]);
    expect(alpha).toEqual({ value: 1, interval: null, subjects: 3 });
  });

  it('is at most 1, and the same in any order', () => {
    const rating = fc.array(fc.constantFrom('safe', 'unsafe', 'unsure'), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(rating, { maxLength: 15 }), (ratings) => {
        const alpha = krippendorffsAlpha(ratings, { resamples: 20 });
        const turned = krippendorffsAlpha(ratings.map((given) => given.toReversed()).toReversed(), {
          resamples: 20,
        });
        if (alpha === null) {
          expect(turned).toBeNull();
          return;
        }
        expect(turned?.value).toBeCloseTo(alpha.value, 10);
        expect(alpha.value).toBeLessThanOrEqual(1);
      }),
    );
  });
});

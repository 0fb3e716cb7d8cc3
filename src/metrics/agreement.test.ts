import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import recorded from '../../test/fixtures/expected/statistics.json' with { type: 'json' };
import { cohensKappa, fleissKappa } from './agreement.ts';

const label = fc.constantFrom('safe', 'unsafe', 'other');
const pairs = fc.array(fc.tuple(label, label), { maxLength: 40 });

describe('cohensKappa', () => {
  it.each(recorded.cohen)('equals scikit-learn and statsmodels: $name', (expected) => {
    const estimate = cohensKappa(
      expected.first.map((said, index) => [said, expected.second[index]] as const),
    );
    expect(estimate?.value).toBeCloseTo(expected.kappa, 10);
    // Without a spread there is no range to be told; one that ends beyond 1 ends at 1.
    if (expected.standardError < 1e-7) expect(estimate?.interval).toBeNull();
    else {
      expect([estimate?.interval?.low, estimate?.interval?.high]).toEqual(
        expected.interval.map((bound) => expect.closeTo(Math.max(-1, Math.min(1, bound)), 10)),
      );
    }
  });

  it('is the same both ways round, and between -1 and 1', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const kappa = cohensKappa(given);
        const swapped = cohensKappa(given.map(([first, second]) => [second, first] as const));
        if (kappa === null) {
          expect(swapped).toBeNull();
          return;
        }
        expect(swapped?.value).toBeCloseTo(kappa.value, 10);
        expect(swapped?.interval?.low ?? 9).toBeCloseTo(kappa.interval?.low ?? 9, 6);
        expect(Math.abs(kappa.value)).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  it('is 1 where all is agreed, without pretending to know how surely', () => {
    const agreed = ['safe', 'unsafe', 'safe'].map((said) => [said, said] as const);
    const kappa = cohensKappa(agreed);
    expect(kappa?.value).toBeCloseTo(1, 12);
    expect(kappa?.interval).toBeNull();
  });

  it('is not there where both only ever say one thing', () => {
    expect(cohensKappa([['safe', 'safe'] as const])).toBeNull();
    expect(cohensKappa([])).toBeNull();
  });
});

describe('fleissKappa', () => {
  it.each(recorded.fleiss)(
    'equals statsmodels, its standard error the jackknife’s: $name',
    ({ table, kappa, standardErrorJackknife }) => {
      const ratings = table.map((counts) => counts.flatMap((count, label) => Array(count).fill(label)));
      const estimate = fleissKappa(ratings);
      expect(estimate?.value).toBeCloseTo(kappa, 10);
      expect(estimate?.subjects).toBe(table.length);
      // Both are estimates; they come together with more subjects.
      expect(Math.abs((estimate?.standardError ?? 1) - standardErrorJackknife)).toBeLessThan(
        0.1 * standardErrorJackknife + 1e-9,
      );
    },
  );

  it('does not change with the order of raters, and is at most 1', () => {
    fc.assert(
      fc.property(fc.array(fc.array(label, { maxLength: 5 }), { maxLength: 20 }), (ratings) => {
        const kappa = fleissKappa(ratings);
        const turned = fleissKappa(ratings.map((given) => given.toReversed()));
        if (kappa === null) {
          expect(turned).toBeNull();
          return;
        }
        expect(turned?.value).toBeCloseTo(kappa.value, 10);
        expect(kappa.value).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  it('passes over subjects with a single rating', () => {
    const ratings = [['a', 'a'], ['b', 'b'], ['a', 'b'], ['b']];
    expect(fleissKappa(ratings)).toMatchObject({ subjects: 3 });
    expect(fleissKappa(ratings)?.value).toBe(fleissKappa(ratings.slice(0, 3))?.value);
  });

  it('is not there where nothing can be agreed on', () => {
    expect(fleissKappa([])).toBeNull();
    expect(fleissKappa([['a'], ['b']])).toBeNull();
    expect(fleissKappa([['a', 'a']])).toBeNull();
  });
});

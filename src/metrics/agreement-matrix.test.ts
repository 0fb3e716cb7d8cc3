import { describe, expect, it } from 'vitest';
import recorded from './__fixtures__/statistics.json' with { type: 'json' };
import { agreementMatrix } from './agreement-matrix.ts';

describe('agreementMatrix', () => {
  it('equals statsmodels, each pair over what both rated', () => {
    const { ratings, pairs } = recorded.agreement;
    const matrix = agreementMatrix(ratings);
    expect(matrix.map(({ a, b }) => a + b)).toEqual(['ab', 'ac', 'bc']);
    for (const [place, pair] of matrix.entries()) {
      expect(pair.n).toBe(pairs[place]?.n);
      expect(pair.agreement?.value).toBeCloseTo(pairs[place]?.agreement ?? 9, 12);
      expect(pair.kappa?.value).toBeCloseTo(pairs[place]?.kappa ?? 9, 10);
    }
  });

  it('says nothing of raters that share no subject', () => {
    expect(agreementMatrix({ a: ['safe', null], b: [null, 'unsafe'] })).toEqual([
      { a: 'a', b: 'b', n: 0, agreement: null, kappa: null },
    ]);
    expect(agreementMatrix({ a: ['safe'] })).toEqual([]);
    expect(agreementMatrix({})).toEqual([]);
  });

  it('has agreement, but no kappa, where both only ever say one thing', () => {
    expect(agreementMatrix({ a: ['safe', 'safe'], b: ['safe', 'safe'] })[0]).toMatchObject({
      n: 2,
      agreement: { value: 1 },
      kappa: null,
    });
  });

  it('refuses lists of different lengths', () => {
    expect(() => agreementMatrix({ ann: ['safe'], bob: [] })).toThrow('ann has 1 ratings, bob has 0');
  });
});

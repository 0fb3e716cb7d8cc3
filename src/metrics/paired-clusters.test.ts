import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import recorded from './__fixtures__/statistics.json' with { type: 'json' };
import { mcnemarTest } from './mcnemar.ts';
import { type PairOutcome, pairedClusterDifference } from './paired-clusters.ts';

/** A conversation with so many pairs of each kind. */
function conversation([both = 0, onlyA = 0, onlyB = 0, neither = 0]: readonly number[]): PairOutcome[] {
  const times = (count: number, pair: PairOutcome) => Array.from({ length: count }, () => pair);
  return [
    ...times(both, [true, true]),
    ...times(onlyA, [true, false]),
    ...times(onlyB, [false, true]),
    ...times(neither, [false, false]),
  ];
}

function known(conversations: readonly (readonly PairOutcome[])[], level?: number) {
  const result = pairedClusterDifference(conversations, level === undefined ? {} : { level });
  if (result === null) throw new Error('there are pairs');
  return result;
}

describe('pairedClusterDifference', () => {
  it.each(recorded.pairedClusters)('equals what statsmodels and SciPy make of it: $name', (expected) => {
    const result = known(expected.conversations.map(conversation));
    expect(result.correlationAssumed).toBe(false);
    expect(result.effectiveNumber).toBeCloseTo(expected.effectiveNumber, 8);
    expect([result.interval.low, result.interval.high]).toEqual(
      expected.interval.map((bound) => expect.closeTo(bound, 8)),
    );
  });

  it('has as p-value the level at which its interval touches 0', () => {
    const conversations = [
      [3, 6, 1, 10],
      [2, 9, 0, 9],
      [5, 4, 2, 9],
      [1, 2, 3, 14],
    ].map(conversation);
    const { pValue, mcnemarPValue } = known(conversations);
    expect(pValue).toBeGreaterThan(mcnemarPValue);
    expect(known(conversations, 1 - pValue).interval.low).toBeCloseTo(0, 6);
  });

  it('needs more than one conversation that differs, however many of its prompts do', () => {
    const one = known([
      conversation([0, 40, 0, 11]),
      ...Array.from({ length: 4 }, () => conversation([0, 0, 0, 51])),
    ]);
    expect(one.mcnemarPValue).toBeLessThan(1e-9);
    expect(one.pValue).toBeGreaterThan(0.2);
  });

  it('sees a clear difference in five conversations', () => {
    const clear = known([38, 41, 30, 45, 36].map((found) => conversation([4, found, 0, 47 - found])));
    expect(clear.pValue).toBeLessThan(0.001);
    expect(clear.interval.low).toBeGreaterThan(0.4);
  });

  it('assumes a correlation where fewer than three conversations differ', () => {
    const alike = known([conversation([0, 3, 3, 45]), conversation([0, 0, 0, 51])]);
    expect(alike).toMatchObject({ correlationAssumed: true, pValue: 1, clusters: 2 });
    expect(alike.effectiveNumber).toBeCloseTo(102 / 6, 10);
    const none = known([conversation([0, 0, 0, 51]), conversation([0, 0, 0, 51])]);
    expect(none.interval.low).toBeLessThan(-0.1);
    expect(none.interval.high).toBeGreaterThan(0.1);
  });

  it('leaves conversations without pairs out, and is not there without any', () => {
    const some = conversation([1, 2, 3, 4]);
    expect(known([some, [], some])).toEqual(known([some, some]));
    expect(pairedClusterDifference([[], []])).toBeNull();
    expect(pairedClusterDifference([])).toBeNull();
  });

  it('mirrors, holds its difference, and is never surer than McNemar', () => {
    const pair = fc.tuple(fc.boolean(), fc.boolean());
    const conversations = fc.array(fc.array(pair, { maxLength: 12 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(conversations, (given) => {
        const one = pairedClusterDifference(given);
        if (one === null) return;
        const other = known(given.map((own) => own.map(([first, second]) => [second, first] as const)));
        expect(other.pValue).toBeCloseTo(one.pValue, 9);
        expect(other.interval.low).toBeCloseTo(-one.interval.high, 9);
        expect(one.interval.low).toBeLessThanOrEqual(one.difference + 1e-12);
        expect(one.interval.high).toBeGreaterThanOrEqual(one.difference - 1e-12);
        expect(one.pValue).toBeGreaterThanOrEqual(mcnemarTest(given.flat())?.pValue ?? 1);
        expect(one.pValue).toBeLessThanOrEqual(1);
        expect(one.effectiveNumber).toBeLessThanOrEqual(given.flat().length + 1e-9);
      }),
      { numRuns: 60 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import recorded from './__fixtures__/statistics.json' with { type: 'json' };
import { correctedPrevalence } from './rogan-gladen.ts';

const good = { truePositives: 90, falseNegatives: 10, trueNegatives: 180, falsePositives: 20 };

describe('correctedPrevalence', () => {
  it.each(recorded.prevalence)(
    'equals the papers’ formulas computed apart: $flagged of $judged',
    ({ flagged, judged, matrix, value, interval }) => {
      const corrected = correctedPrevalence({ flagged, judged }, matrix);
      expect(corrected?.value).toBeCloseTo(value, 12);
      expect(corrected?.apparent).toBe(flagged / judged);
      const [low, high] = interval;
      if (low === high) expect(corrected?.interval).toBeNull();
      else {
        expect(corrected?.interval?.low).toBeCloseTo(low ?? 9, 10);
        expect(corrected?.interval?.high).toBeCloseTo(high ?? 9, 10);
      }
    },
  );

  it('is widened by what is not known of the judge', () => {
    const width = (times: number) => {
      const matrix = {
        truePositives: 9 * times,
        falseNegatives: times,
        trueNegatives: 18 * times,
        falsePositives: 2 * times,
      };
      const { interval } = correctedPrevalence({ flagged: 600, judged: 2000 }, matrix) ?? {};
      return (interval?.high ?? 0) - (interval?.low ?? 0);
    };
    expect(width(1)).toBeGreaterThan(1.5 * width(10));
    expect(width(10)).toBeGreaterThan(width(1000));
  });

  it.each([
    ['nothing judged', { flagged: 0, judged: 0 }, good],
    ['no unsafe label', { flagged: 3, judged: 9 }, { ...good, truePositives: 0, falseNegatives: 0 }],
    ['no safe label', { flagged: 3, judged: 9 }, { ...good, trueNegatives: 0, falsePositives: 0 }],
    [
      'a judge that flags by chance',
      { flagged: 3, judged: 9 },
      { truePositives: 3, falseNegatives: 7, trueNegatives: 14, falsePositives: 6 },
    ],
    [
      'a judge that is mostly wrong',
      { flagged: 3, judged: 9 },
      { truePositives: 3, falseNegatives: 7, trueNegatives: 4, falsePositives: 6 },
    ],
  ])('is not there: %s', (_, given, matrix) => {
    expect(correctedPrevalence(given, matrix)).toBeNull();
  });

  it('stays within 0 and 1, inside its interval, without NaN', () => {
    const count = fc.nat(40);
    fc.assert(
      fc.property(count, count, count, count, count, count, (flagged, more, tp, fn, tn, fp) => {
        const matrix = { truePositives: tp, falseNegatives: fn, trueNegatives: tn, falsePositives: fp };
        const corrected = correctedPrevalence({ flagged, judged: flagged + more }, matrix);
        if (corrected === null) return;
        expect(corrected.value).toBeGreaterThanOrEqual(0);
        expect(corrected.value).toBeLessThanOrEqual(1);
        if (corrected.interval === null) return;
        expect(corrected.interval.low).toBeGreaterThanOrEqual(0);
        expect(corrected.interval.low).toBeLessThanOrEqual(corrected.value);
        expect(corrected.interval.high).toBeGreaterThanOrEqual(corrected.value);
        expect(corrected.interval.high).toBeLessThanOrEqual(1);
      }),
    );
  });
});

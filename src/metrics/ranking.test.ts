import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import recorded from '../../test/fixtures/expected/statistics.json' with { type: 'json' };
import {
  areaUnderRoc,
  averagePrecision,
  bestThreshold,
  precisionRecallCurve,
  rocCurve,
  type Scored,
  thresholdPoints,
} from './ranking.ts';

const cases = recorded.classification.map(({ name, truth, scores, ...expected }) => ({
  name,
  subjects: scores.map((score, index): Scored => ({ unsafe: truth[index] === 1, score })),
  expected,
}));

/** Few different scores, so that there are ties. */
const subjects = fc.array(
  fc.record({ unsafe: fc.boolean(), score: fc.integer({ min: 0, max: 12 }).map((n) => n / 12) }),
  { maxLength: 60 },
);

/** The area as it is defined: every unsafe subject against every safe one. */
function pairwiseArea(all: readonly Scored[]): number | undefined {
  let wins = 0;
  let pairs = 0;
  for (const unsafe of all.filter((subject) => subject.unsafe)) {
    for (const safe of all.filter((subject) => !subject.unsafe)) {
      pairs++;
      if (unsafe.score > safe.score) wins++;
      if (unsafe.score === safe.score) wins += 0.5;
    }
  }
  return pairs === 0 ? undefined : wins / pairs;
}

describe('areaUnderRoc', () => {
  it.each(cases)('equals scikit-learn and DeLong by definition: $name', ({ subjects, expected }) => {
    const area = areaUnderRoc(subjects);
    if (expected.auroc === null) {
      expect(area).toBeNull();
      return;
    }
    const { value, variance, interval } = expected.auroc;
    expect(area?.value).toBeCloseTo(value, 10);
    // Without a spread there is no range to be told.
    if (variance === null || variance === 0) expect(area?.interval).toBeNull();
    else {
      expect([area?.interval?.low, area?.interval?.high]).toEqual(
        interval.map((bound) => expect.closeTo(bound, 10)),
      );
    }
  });

  it('is the share of pairs in the right order, and the area below the curve', () => {
    fc.assert(
      fc.property(subjects, (all) => {
        const area = areaUnderRoc(all)?.value;
        const pairwise = pairwiseArea(all);
        if (area === undefined || pairwise === undefined) {
          expect([area, pairwise]).toEqual([undefined, undefined]);
          return;
        }
        expect(area).toBeCloseTo(pairwise, 10);
        const curve = rocCurve(all);
        const trapezoids = curve.slice(1).reduce((sum, point, index) => {
          const before = curve[index] ?? point;
          const width = point.falsePositiveRate - before.falsePositiveRate;
          return sum + (width * (point.truePositiveRate + before.truePositiveRate)) / 2;
        }, 0);
        expect(trapezoids).toBeCloseTo(area, 10);
      }),
    );
  });

  it('does not change with the scale of the scores, and mirrors with their sign', () => {
    fc.assert(
      fc.property(subjects, (all) => {
        const stretched = all.map(({ unsafe, score }) => ({ unsafe, score: Math.exp(3 * score) - 7 }));
        expect(areaUnderRoc(stretched)).toEqual(areaUnderRoc(all));
        const mirrored = areaUnderRoc(all.map(({ unsafe, score }) => ({ unsafe, score: -score })));
        const area = areaUnderRoc(all);
        if (area !== null) expect(mirrored?.value).toBeCloseTo(1 - area.value, 10);
      }),
    );
  });

  it('has no interval where the spread cannot be told', () => {
    const separated = [0, 1, 2, 3].map((n) => ({ unsafe: n > 1, score: n }));
    expect(areaUnderRoc(separated)).toEqual({ value: 1, interval: null });
    expect(areaUnderRoc(separated.slice(1, 3))).toEqual({ value: 1, interval: null });
    expect(areaUnderRoc(separated.slice(0, 2))).toBeNull();
    expect(areaUnderRoc([])).toBeNull();
  });
});

describe('averagePrecision', () => {
  it.each(cases)('equals scikit-learn: $name', ({ subjects, expected }) => {
    const estimate = averagePrecision(subjects, { seed: 1, resamples: 200 });
    if (expected.averagePrecision === null) expect(estimate).toBeNull();
    else expect(estimate?.value).toBeCloseTo(expected.averagePrecision, 10);
  });

  it('has an interval around it that repeats itself by the seed', () => {
    const [first] = cases;
    const all = first?.subjects ?? [];
    const estimate = averagePrecision(all, { seed: 1, resamples: 200 });
    const { low = 2, high = -1 } = estimate?.interval ?? {};
    expect(low).toBeLessThan(estimate?.value ?? 0);
    expect(high).toBeGreaterThan(estimate?.value ?? 1);
    expect(averagePrecision(all, { seed: 1, resamples: 200 })).toEqual(estimate);
    expect(averagePrecision(all, { seed: 2, resamples: 200 })).not.toEqual(estimate);
  });

  it('is the area below the steps of the precision–recall curve', () => {
    fc.assert(
      fc.property(subjects, (all) => {
        const curve = precisionRecallCurve(all);
        const estimate = averagePrecision(all, { seed: 1, resamples: 1 });
        if (estimate === null) {
          expect(curve).toEqual([]);
          return;
        }
        const steps = curve.reduce(
          (sum, { recall, precision }, index) =>
            sum + precision * (recall - (index === 0 ? 0 : (curve[index - 1]?.recall ?? 0))),
          0,
        );
        expect(estimate.value).toBeCloseTo(steps, 10);
      }),
    );
  });

  it('is not there without anything unsafe', () => {
    expect(averagePrecision([{ unsafe: false, score: 1 }], { seed: 1 })).toBeNull();
    expect(averagePrecision([{ unsafe: true, score: 1 }], { seed: 1 })).toEqual({ value: 1, interval: null });
  });
});

describe('curves', () => {
  it.each(cases)('equal those of scikit-learn: $name', ({ subjects, expected }) => {
    const roc = rocCurve(subjects);
    expect(roc.map(({ falsePositiveRate }) => falsePositiveRate)).toEqual(
      (expected.rocCurve?.falsePositiveRate ?? []).map(near),
    );
    expect(roc.map(({ truePositiveRate }) => truePositiveRate)).toEqual(
      (expected.rocCurve?.truePositiveRate ?? []).map(near),
    );
    const curve = precisionRecallCurve(subjects);
    // scikit-learn begins at the lowest threshold and adds the point (0, 1) at the end.
    const points = (values: readonly number[] = []) => values.slice(0, -1).toReversed().map(near);
    expect(curve.map(({ recall }) => recall)).toEqual(points(expected.precisionRecallCurve?.recall));
    expect(curve.map(({ precision }) => precision)).toEqual(points(expected.precisionRecallCurve?.precision));
  });
});

describe('bestThreshold', () => {
  it.each(cases)('is the cheapest by trying all: $name', ({ subjects, expected }) => {
    for (const { falsePositive, falseNegative, cost, thresholds } of expected.bestThresholds) {
      const best = bestThreshold(subjects, { falsePositive, falseNegative });
      const highest = thresholds.some(({ threshold }) => threshold === null)
        ? null
        : Math.max(...thresholds.map(({ threshold }) => threshold ?? 0));
      expect(best).toMatchObject({ threshold: highest, cost });
    }
  });

  it('costs what its matrix costs, and no other threshold costs less', () => {
    const cost = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(subjects, cost, cost, (all, falsePositive, falseNegative) => {
        const best = bestThreshold(all, { falsePositive, falseNegative });
        if (best === null) {
          expect(all).toEqual([]);
          return;
        }
        const costs = thresholdPoints(all).map(
          ({ matrix }) => falsePositive * matrix.falsePositives + falseNegative * matrix.falseNegatives,
        );
        expect(best.cost).toBe(Math.min(...costs));
        const { threshold, matrix } = best;
        const flagged = all.filter(({ score }) => threshold !== null && score >= threshold);
        expect(matrix.truePositives + matrix.falsePositives).toBe(flagged.length);
      }),
    );
  });

  it('flags nothing where nothing is unsafe', () => {
    expect(bestThreshold([{ unsafe: false, score: 1 }])).toMatchObject({ threshold: null, cost: 0 });
    expect(bestThreshold([])).toBeNull();
  });
});

function near(value: number): unknown {
  return expect.closeTo(value, 10);
}
